SELECT table, partition_id AS partition, columns
FROM (SELECT DISTINCT table, partition_id FROM system.parts WHERE database = currentDatabase() AND active AND rows > 0) AS parts
INNER JOIN
(
    SELECT table, groupArray(name) AS columns
    FROM (SELECT table, name FROM system.columns WHERE database = currentDatabase() AND default_kind IN ('', 'DEFAULT') ORDER BY position)
    GROUP BY table
) AS named USING table
WHERE table != {passedOver:String}
ORDER BY table, partition

SELECT table, groupArray(name) AS columns
FROM system.columns
WHERE database = currentDatabase() AND default_kind IN ('', 'DEFAULT') AND table != {passedOver:String}
    AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')
GROUP BY table

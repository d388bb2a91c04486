SELECT partition_id AS id, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
FROM system.parts
WHERE database = currentDatabase() AND table = {source:String} AND active
GROUP BY id
ORDER BY id

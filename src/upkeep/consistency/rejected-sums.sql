SELECT load_id AS loadId, sum(lines) AS lines
FROM rejected
WHERE empty({loadIds:Array(UInt64)}) OR has({loadIds:Array(UInt64)}, load_id)
GROUP BY load_id

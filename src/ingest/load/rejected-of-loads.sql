SELECT load_id AS loadId, reason, lines, bytes
FROM rejected
WHERE load_id IN {loadIds:Array(UInt64)}
ORDER BY load_id, lines DESC, reason

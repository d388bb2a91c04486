SELECT reason, lines, samples
FROM rejected
WHERE load_id = {loadId:UInt64} AND NOT has({headerReasons:Array(String)}, reason)
ORDER BY lines DESC, reason

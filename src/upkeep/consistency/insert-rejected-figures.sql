INSERT INTO rejected (load_id, reason, lines)
SELECT {loadId:UInt64}, reason, lines
FROM
(
    SELECT arrayJoin(arrayZip({reasons:Array(String)}, {lines:Array(UInt64)})) AS pair, pair.1 AS reason, pair.2 AS lines
)

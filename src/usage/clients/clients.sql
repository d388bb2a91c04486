-- Distinct clients of each domain and bucket of equal length, from {from} on. Grouping by client counts exactly, and
-- spills to disk what does not fit the memory.
SELECT name, start, count() AS clients
FROM
(
    SELECT
        toString(domain) AS name,
        {from:Int64} + intDiv(toInt64(toUnixTimestamp(time)) - {from:Int64}, {interval:Int64}) * {interval:Int64} AS start,
        /*client*/ AS client
    FROM (/*requests*/)
    GROUP BY name, start, client
)
GROUP BY name, start
ORDER BY name, start
LIMIT {limit:UInt32}

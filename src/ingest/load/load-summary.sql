-- The sums of loads, from the rollup, and their times to the second, from the requests. A load without requests has no
-- row.
SELECT
    load_id AS loadId,
    sum(requests) AS requests,
    sum(toUInt128(flux_bytes)) AS fluxBytes,
    arraySort(groupUniqArray(domain)) AS domains,
    any(first_time_ms) AS firstTimeMs,
    any(last_time_ms) AS lastTimeMs
FROM usage
INNER JOIN
(
    SELECT
        load_id,
        toInt64(toUnixTimestamp(min(time))) * 1000 AS first_time_ms,
        toInt64(toUnixTimestamp(max(time))) * 1000 AS last_time_ms
    FROM request
    WHERE load_id IN {loadIds:Array(UInt64)}
    GROUP BY load_id
) AS times USING (load_id)
WHERE load_id IN {loadIds:Array(UInt64)}
GROUP BY load_id

-- Sums of each load's usage (request-sums.sql).
SELECT
    load_id AS loadId,
    sum(rolled.requests) AS requests,
    sum(toUInt128(rolled.flux_bytes)) AS fluxBytes,
    toString(sumIf(
        cityHash64(toUnixTimestamp(bucket), domain, service_area)
        * (rolled.requests * 11 + rolled.flux_bytes * 13 + hits * 17 + hit_flux_bytes * 19 + cache_logged_requests * 23
           + status_2xx * 29 + status_3xx * 31 + status_4xx * 37 + status_5xx * 41),
        toUnixTimestamp(bucket) >= {usageFrom:Int64})) AS checksum
FROM usage AS rolled
WHERE empty({loadIds:Array(UInt64)}) OR has({loadIds:Array(UInt64)}, load_id)
GROUP BY load_id

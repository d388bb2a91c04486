-- Sums of each load's daily URL totals (request-sums.sql).
SELECT
    load_id AS loadId,
    sum(rolled.requests) AS requests,
    sum(toUInt128(rolled.flux_bytes)) AS fluxBytes,
    toString(sumIf(
        cityHash64(toUnixTimestamp(day), domain, service_area, path, query) * (rolled.requests * 11 + rolled.flux_bytes * 13),
        toUnixTimestamp(day) >= {urlDailyFrom:Int64})) AS checksum
FROM url_daily AS rolled
WHERE empty({loadIds:Array(UInt64)}) OR has({loadIds:Array(UInt64)}, load_id)
GROUP BY load_id

-- Sums of each load's hourly geography (request-sums.sql).
SELECT
    load_id AS loadId,
    sum(rolled.requests) AS requests,
    sum(toUInt128(rolled.flux_bytes)) AS fluxBytes,
    toString(sumIf(
        cityHash64(toUnixTimestamp(hour), domain, service_area, country, province, carrier)
        * (rolled.requests * 11 + rolled.flux_bytes * 13),
        toUnixTimestamp(hour) >= {geographyFrom:Int64})) AS checksum
FROM geography_hourly AS rolled
WHERE empty({loadIds:Array(UInt64)}) OR has({loadIds:Array(UInt64)}, load_id)
GROUP BY load_id

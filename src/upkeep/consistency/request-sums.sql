-- Sums of each load's requests: totals, and for each rollup a checksum that its rows must have as well. A checksum adds
-- up a hash of a row's key, times its measures. It is equal over requests and over their sums, so nothing is grouped by
-- key. It has 64 bits and may overflow, which totals must not. Keys that begin before the kept time of a rollup or of
-- the requests are left out.
SELECT
    load_id AS loadId,
    count() AS requests,
    sum(toUInt128(bytes)) AS fluxBytes,
    toInt64(toUnixTimestamp(min(time))) * 1000 AS firstTimeMs,
    toInt64(toUnixTimestamp(max(time))) * 1000 AS lastTimeMs,
    toString(sumIf(
        cityHash64(toUnixTimestamp(toStartOfFiveMinutes(time)), domain, service_area)
        * (11 + bytes * 13 + (cache = 'hit') * 17 + (cache = 'hit') * bytes * 19 + (cache != 'unknown') * 23
           + (status BETWEEN 200 AND 299) * 29 + (status BETWEEN 300 AND 399) * 31
           + (status BETWEEN 400 AND 499) * 37 + (status BETWEEN 500 AND 599) * 41),
        toUnixTimestamp(toStartOfFiveMinutes(time)) >= {usageFrom:Int64})) AS usageChecksum,
    toString(sumIf(
        cityHash64(toUnixTimestamp(toStartOfDay(time, 'Etc/GMT-8')), domain, service_area, path, query) * (11 + bytes * 13),
        toUnixTimestamp(toStartOfDay(time, 'Etc/GMT-8')) >= {urlDailyFrom:Int64})) AS urlDailyChecksum,
    toString(sumIf(
        cityHash64(toUnixTimestamp(toStartOfHour(time)), domain, service_area, country, province, carrier)
        * (11 + bytes * 13),
        toUnixTimestamp(toStartOfHour(time)) >= {geographyFrom:Int64})) AS geographyChecksum
FROM request
WHERE empty({loadIds:Array(UInt64)}) OR has({loadIds:Array(UInt64)}, load_id)
GROUP BY load_id

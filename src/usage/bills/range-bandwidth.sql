-- The bill's bandwidths of each series, bit/s; empty without a valid day. Times are unix ms.
SELECT
    bandwidth_percentile AS percentile,
    toInt64(toUnixTimestamp(percentile_time)) * 1000 AS percentileMs,
    average_daily_peak AS averageDailyPeak
FROM (/*figures*/)
ORDER BY series

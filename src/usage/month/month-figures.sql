-- The bill's figures of each series so far, and its points above the percentile, the highest first. Times are unix s.
SELECT
    series,
    known_flux AS flux,
    billed_flux AS billedFlux,
    bandwidth_percentile AS percentile,
    toInt64(toUnixTimestamp(percentile_time)) AS percentileTime,
    average_daily_peak AS averageDailyPeak,
    fourth_daily_peak AS fourthDailyPeak,
    peak,
    toInt64(toUnixTimestamp(peak_time)) AS peakTime,
    valid_days AS validDays,
    points,
    discarded,
    has(valid_starts, {lastDay:Int64}) AS isLastDayValid,
    if(discarded < length(listed), listed[discarded + 1].1, 0) AS percentile_bytes,
    arrayFilter(point -> point.1 > percentile_bytes, listed) AS higher,
    length(higher) AS above,
    arrayMap(point -> (toInt64(toUnixTimestamp(point.2)), point.1), arraySlice(higher, 1, {aboveMax:UInt32})) AS highest
FROM (/*figures*/)
ORDER BY series

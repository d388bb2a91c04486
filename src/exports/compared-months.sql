-- One month's figures of each series, in the words of the API.
SELECT
    known_flux AS flux,
    billed_flux,
    bandwidth_percentile,
    average_daily_peak,
    fourth_daily_peak,
    peak,
    toInt64(toUnixTimestamp(peak_time)) * 1000 AS peak_time,
    valid_days,
    points,
    discarded
FROM (/*figures*/)
ORDER BY series

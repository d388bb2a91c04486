-- One month's figures of each series. A figure is empty where the month has no valid day for it. Bandwidth is
-- bytes x 8 / 300, rounded half up.
SELECT
    series,
    if({until:Int64} <= {from:Int64}, NULL, flux) AS known_flux,
    accurateCast(intDiv(toUInt256(flux) * (1000000 + {overheadPpm:UInt64}) * 2 + 1000000, 2000000), 'UInt64') AS billed,
    if(known_flux IS NULL, NULL, billed) AS billed_flux,
    if(points = 0, NULL, toUInt64(intDiv(toUInt128(if(discarded < length(listed), listed[discarded + 1].1, 0)) * 16 + 300, 600))) AS bandwidth_percentile,
    if(points = 0 OR discarded >= length(listed), NULL, listed[discarded + 1].2) AS percentile_time,
    if(valid_days = 0, NULL, accurateCast(intDiv(arraySum(peak -> toUInt256(peak), peaks) * 16 + 300 * valid_days, 600 * greatest(valid_days, 1)), 'UInt64')) AS average_daily_peak,
    if(valid_days < 4, NULL, toUInt64(intDiv(toUInt128(peaks[4]) * 16 + 300, 600))) AS fourth_daily_peak,
    if(valid_days = 0, NULL, toUInt64(intDiv(toUInt128(peaks[1]) * 16 + 300, 600))) AS peak,
    if(valid_days = 0, NULL, listed[1].2) AS peak_time,
    valid_days,
    points,
    discarded,
    listed,
    valid_starts
FROM (/*months*/)

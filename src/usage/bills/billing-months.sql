-- Each series' points of one calendar month, [from, to): days with their totals, then the month. A point is 5 minutes.
-- Points without a request are zeros, which are counted and not listed. Points after `until`, the end of the loaded
-- logs, do not exist. The zone's days are parameters, because the engine has other instants where clocks crossed the
-- date line (statistics/zone-offsets.ts).
SELECT
    series,
    accurateCast(sum(day_bytes), 'UInt64') AS flux,
    sumIf(day_points, is_valid) AS points,
    countIf(is_valid) AS valid_days,
    groupArrayIf(day, is_valid) AS valid_starts,
    arrayReverseSort(groupArrayIf(day_peak, is_valid)) AS peaks,
    -- Highest first; among equal ones the earliest. A wide negative number as the key takes five times as long.
    arraySort(point -> (bitNot(point.1), point.2), arrayFlatten(groupArrayIf(day_listed, is_valid))) AS listed,
    intDiv(points * {discardPpm:UInt64}, 1000000) AS discarded
FROM
(
    SELECT
        series,
        roundDown(toInt64(toUnixTimestamp(bucket)), {dayStarts:Array(Int64)}) AS day,
        sum(toUInt128(bytes)) AS day_bytes,
        max(bytes) AS day_peak,
        day_bytes > {validDayBytesOver:UInt64} AS is_valid,
        groupArray((bytes, bucket)) AS day_listed,
        -- Not 288 where clocks change, where the month begins in the middle, or where the logs end.
        intDiv(
            least(transform(day, {dayStarts:Array(Int64)}, {dayEnds:Array(Int64)}, day), /*until*/) - day,
            300) AS day_points
    FROM (/*points*/)
    GROUP BY series, day
)
GROUP BY series
ORDER BY series WITH FILL FROM 0 TO {seriesCount:Int64}

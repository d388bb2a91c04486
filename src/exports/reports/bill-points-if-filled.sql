-- The points of each series as they would be if each missing bucket of a domain were at the domain's highest point.
SELECT series, bucket, accurateCast(sum(toUInt128(bytes)), 'UInt64') AS bytes
FROM
(
    SELECT series, bucket, bytes
    FROM (/*points*/)
    UNION ALL
    SELECT
        toInt64(gap.1) AS series,
        toDateTime(arrayJoin(range(gap.2, gap.3, 300)), 'UTC') AS bucket,
        toUInt64(gap.4) AS bytes
    FROM
    (
        SELECT arrayJoin(arrayZip(
            {gapSeries:Array(Int64)}, {gapStarts:Array(Int64)}, {gapEnds:Array(Int64)}, {gapPeaks:Array(String)})) AS gap
    )
)
GROUP BY series, bucket

-- The points that a month's percentile discards, highest first. Points without a request are not listed.
SELECT /*cells*/
FROM
(
    SELECT
        {month:String} AS month,
        arrayElement({names:Array(String)}, series + 1) AS domain,
        point_rank AS rank,
        listed_point.2 AS time,
        listed_point.1 AS flux,
        toUInt64(intDiv(toUInt128(flux) * 16 + 300, 600)) AS bandwidth,
        series
    FROM (/*months*/)
    ARRAY JOIN arraySlice(listed, 1, discarded) AS listed_point, arrayEnumerate(arraySlice(listed, 1, discarded)) AS point_rank
)
ORDER BY series, rank

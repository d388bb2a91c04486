-- Buckets of each domain with a request, neighbours joined to (first, last). Buckets are numbers since 1970. A bitmap
-- takes a third of the time of a set: 8,928 buckets of 224 domains in 140 ms of processor time instead of 390.
SELECT domain, runs
FROM
(
    SELECT
        domain,
        -- A bitmap of few numbers is not in order.
        arraySort(bitmapToArray(groupBitmapState(toUInt32(intDiv(toUnixTimestamp(bucket), 300))))) AS buckets,
        arrayMap(
            run -> (toInt64(run[1]), toInt64(run[-1])),
            arraySplit((x, step) -> step != 1, buckets, arrayDifference(buckets))) AS runs
    FROM usage
    WHERE bucket >= toDateTime({from:Int64}, 'UTC')
      AND bucket < toDateTime({to:Int64}, 'UTC')
      AND domain IN {domains:Array(String)}
      AND /*visible*/
    GROUP BY domain
)
ORDER BY domain

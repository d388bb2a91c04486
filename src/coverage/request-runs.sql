-- Buckets of each domain with a request, neighbours joined to (first, last). Buckets are numbers since 1970.
SELECT domain, runs
FROM
(
    SELECT
        domain,
        arraySort(groupUniqArray(toInt64(intDiv(toUnixTimestamp(bucket), 300)))) AS buckets,
        arrayFilter((x, before) -> x != before + 1, buckets, arrayPushFront(arrayPopBack(buckets), toInt64(-2))) AS firsts,
        arrayFilter((x, after) -> after != x + 1, buckets, arrayPushBack(arrayPopFront(buckets), toInt64(-2))) AS lasts,
        arrayZip(firsts, lasts) AS runs
    FROM usage
    WHERE bucket >= toDateTime({from:Int64}, 'UTC')
      AND bucket < toDateTime({to:Int64}, 'UTC')
      AND domain IN {domains:Array(String)}
      AND /*visible*/
    GROUP BY domain
)
ORDER BY domain

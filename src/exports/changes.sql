-- Buckets of a task whose figures differ now from those in its data version. "Before" sums the loads that counted then,
-- "after" those that count now. Only buckets of loads that were added or removed since are read.
SELECT
    domain,
    toInt64(bucket_start) * 1000 AS startMs,
    requests_before AS requestsBefore,
    requests_after AS requestsAfter,
    flux_before AS fluxBefore,
    flux_after AS fluxAfter,
    count() OVER () AS total
FROM
(
    SELECT
        domain,
        {from:Int64} + /*place*/ * {interval:Int64} AS bucket_start,
        sumIf(requests, counted) AS requests_before,
        sumIf(requests, counts) AS requests_after,
        sumIf(toUInt128(flux_bytes), counted) AS flux_before,
        sumIf(toUInt128(flux_bytes), counts) AS flux_after
    FROM (/*compared*/)
    GROUP BY domain, bucket_start
    HAVING requests_before != requests_after OR flux_before != flux_after
)
ORDER BY bucket_start, domain
LIMIT {limit:UInt32} OFFSET {offset:UInt32}

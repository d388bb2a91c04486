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
    FROM
    (
        SELECT bucket, domain, requests, flux_bytes, toUInt8(NOT has({addedLoadIds:Array(UInt64)}, load_id)) AS counted, toUInt8(1) AS counts
        FROM usage
        WHERE /*asked*/
          AND /*visible*/
          AND (/*place*/, domain) IN
          (
              SELECT /*place*/, domain FROM usage
              WHERE /*asked*/ AND has(arrayConcat({addedLoadIds:Array(UInt64)}, {removedLoadIds:Array(UInt64)}), load_id)
              UNION DISTINCT
              SELECT /*place*/, domain FROM forgotten_usage
              WHERE /*asked*/ AND has({removedLoadIds:Array(UInt64)}, load_id)
          )
        UNION ALL
        SELECT bucket, domain, requests, flux_bytes, toUInt8(1) AS counted, toUInt8(0) AS counts
        FROM
        (
            -- While a load is being removed, its rows may be in both tables, and twice in one.
            SELECT load_id, bucket, domain, service_area, requests, flux_bytes FROM usage
            WHERE /*asked*/ AND has({removedLoadIds:Array(UInt64)}, load_id) AND /*seen*/
            UNION DISTINCT
            SELECT load_id, bucket, domain, service_area, requests, flux_bytes FROM forgotten_usage
            WHERE /*asked*/ AND has({removedLoadIds:Array(UInt64)}, load_id) AND /*seen*/
        )
    )
    GROUP BY domain, bucket_start
    HAVING requests_before != requests_after OR flux_before != flux_after
)
ORDER BY bucket_start, domain
LIMIT {limit:UInt32} OFFSET {offset:UInt32}

-- Usage that counted in a task's data version (`counted`), counts now (`counts`), or both; each of what the task's
-- account had and saw at that time.
SELECT bucket, domain, requests, flux_bytes, counted, counts
FROM
(
    SELECT bucket, domain, requests, flux_bytes,
        toUInt8(NOT has({addedLoadIds:Array(UInt64)}, load_id) AND /*had*/ AND /*seen_then*/) AS counted,
        toUInt8(/*has*/ AND /*seen*/) AS counts
    FROM usage
    WHERE /*asked*/
      AND /*counting*/
      AND /*among*/
)
WHERE counted OR counts
UNION ALL
SELECT bucket, domain, requests, flux_bytes, toUInt8(1) AS counted, toUInt8(0) AS counts
FROM
(
    -- While a load is being removed, its rows may be in both tables, and twice in one.
    SELECT load_id, bucket, domain, service_area, requests, flux_bytes FROM usage
    WHERE /*asked*/ AND has({removedLoadIds:Array(UInt64)}, load_id) AND /*had*/ AND /*seen_then*/
    UNION DISTINCT
    SELECT load_id, bucket, domain, service_area, requests, flux_bytes FROM forgotten_usage
    WHERE /*asked*/ AND has({removedLoadIds:Array(UInt64)}, load_id) AND /*had*/ AND /*seen_then*/
)

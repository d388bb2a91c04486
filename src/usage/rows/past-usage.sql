-- 5-minute sums as they counted in a data version of which loads were removed since: those that still count, and those
-- of the removed loads. While a load is being removed, its rows may be in both tables, and twice in one.
SELECT
    load_id,
    bucket,
    domain,
    requests,
    flux_bytes,
    toUInt64(0) AS hits,
    toUInt64(0) AS hit_flux_bytes,
    toUInt64(0) AS cache_logged_requests,
    toUInt64(0) AS status_2xx,
    toUInt64(0) AS status_3xx,
    toUInt64(0) AS status_4xx,
    toUInt64(0) AS status_5xx,
    CAST(NULL, 'Nullable(UInt64)') AS origin_requests,
    CAST(NULL, 'Nullable(UInt64)') AS origin_flux_bytes
FROM
(
    SELECT load_id, bucket, domain, requests, flux_bytes
    FROM (/*usage*/)
    UNION ALL
    SELECT load_id, bucket, domain, requests, flux_bytes
    FROM
    (
        SELECT load_id, bucket, domain, service_area, requests, flux_bytes
        FROM usage
        WHERE has({removedLoadIds:Array(UInt64)}, load_id) AND /*asked*/ AND /*seen*/
        UNION DISTINCT
        SELECT load_id, bucket, domain, service_area, requests, flux_bytes
        FROM forgotten_usage
        WHERE has({removedLoadIds:Array(UInt64)}, load_id) AND /*asked*/ AND /*seen*/
    )
)

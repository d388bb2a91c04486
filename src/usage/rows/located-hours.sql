-- Hourly sums by place, each as a row of the usage rollup.
SELECT
    *,
    toUInt64(0) AS hits,
    toUInt64(0) AS hit_flux_bytes,
    toUInt64(0) AS cache_logged_requests,
    toUInt64(0) AS status_2xx,
    toUInt64(0) AS status_3xx,
    toUInt64(0) AS status_4xx,
    toUInt64(0) AS status_5xx,
    CAST(NULL, 'Nullable(UInt64)') AS origin_requests,
    CAST(NULL, 'Nullable(UInt64)') AS origin_flux_bytes
FROM (/*geography*/)
WHERE /*place*/

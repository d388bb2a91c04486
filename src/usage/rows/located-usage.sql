-- Requests, each as a row of the usage rollup that also has what the rollup sums over.
SELECT
    toStartOfFiveMinutes(time) AS bucket,
    domain,
    service_area,
    load_id,
    country,
    province,
    carrier,
    client_ip,
    status,
    cache,
    toUInt64(1) AS requests,
    bytes AS flux_bytes,
    toUInt64(cache = 'hit') AS hits,
    if(cache = 'hit', bytes, 0) AS hit_flux_bytes,
    toUInt64(cache != 'unknown') AS cache_logged_requests,
    toUInt64(status BETWEEN 200 AND 299) AS status_2xx,
    toUInt64(status BETWEEN 300 AND 399) AS status_3xx,
    toUInt64(status BETWEEN 400 AND 499) AS status_4xx,
    toUInt64(status BETWEEN 500 AND 599) AS status_5xx,
    CAST(NULL, 'Nullable(UInt64)') AS origin_requests,
    CAST(NULL, 'Nullable(UInt64)') AS origin_flux_bytes
FROM (/*requests*/)

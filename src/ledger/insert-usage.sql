-- Sums each load's own rows once: one row a key, so that removing the load removes exactly these rows.
INSERT INTO usage
    (bucket, domain, service_area, load_id, requests, flux_bytes, hits, hit_flux_bytes, cache_logged_requests,
     status_2xx, status_3xx, status_4xx, status_5xx, origin_requests, origin_flux_bytes)
SELECT
    toStartOfFiveMinutes(time) AS bucket,
    domain,
    service_area,
    load_id,
    count(),
    accurateCast(sum(toUInt128(bytes)), 'UInt64'),
    countIf(cache = 'hit'),
    -- A part of the flux above, so it fits wherever the flux fits.
    sumIf(bytes, cache = 'hit'),
    countIf(cache != 'unknown'),
    countIf(status BETWEEN 200 AND 299),
    countIf(status BETWEEN 300 AND 399),
    countIf(status BETWEEN 400 AND 499),
    countIf(status BETWEEN 500 AND 599),
    NULL,
    NULL
FROM request
WHERE load_id IN {loadIds:Array(UInt64)}
GROUP BY bucket, domain, service_area, load_id

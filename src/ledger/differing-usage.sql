-- Copies whose usage differs from their load's in a bucket of a domain. The service area is left out: a copy may place
-- a client elsewhere.
SELECT DISTINCT copyId
FROM
(
    SELECT
        copyId,
        bucket,
        domain,
        sum(if(load_id = copyId, 1, -1) * toInt128(requests)) AS requests_more,
        sum(if(load_id = copyId, 1, -1) * toInt128(flux_bytes)) AS flux_more,
        sum(if(load_id = copyId, 1, -1) * toInt128(hits)) AS hits_more,
        sum(if(load_id = copyId, 1, -1) * toInt128(hit_flux_bytes)) AS hit_flux_more,
        sum(if(load_id = copyId, 1, -1) * toInt128(cache_logged_requests)) AS cache_logged_more,
        sum(if(load_id = copyId, 1, -1) * toInt128(status_2xx)) AS status_2xx_more,
        sum(if(load_id = copyId, 1, -1) * toInt128(status_3xx)) AS status_3xx_more,
        sum(if(load_id = copyId, 1, -1) * toInt128(status_4xx)) AS status_4xx_more,
        sum(if(load_id = copyId, 1, -1) * toInt128(status_5xx)) AS status_5xx_more
    FROM
    (
        SELECT *, transform(load_id, {loadIds:Array(UInt64)}, {copyIds:Array(UInt64)}, load_id) AS copyId
        FROM usage
        WHERE has({loadIds:Array(UInt64)}, load_id) OR has({copyIds:Array(UInt64)}, load_id)
    )
    GROUP BY copyId, bucket, domain
)
WHERE (requests_more, flux_more, hits_more, hit_flux_more, cache_logged_more,
       status_2xx_more, status_3xx_more, status_4xx_more, status_5xx_more) != (0, 0, 0, 0, 0, 0, 0, 0, 0)

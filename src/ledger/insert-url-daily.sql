-- Days are those of UTC+8, the contract's (statistics/url-days.ts).
-- What a load has of bytes fits its batch, or it does not count (write-load.ts): so does every part of it.
INSERT INTO url_daily (day, domain, service_area, path, query, load_id, requests, flux_bytes)
SELECT
    toStartOfDay(time, 'Etc/GMT-8') AS day,
    domain,
    service_area,
    path,
    query,
    load_id,
    count(),
    sum(bytes)
FROM request
WHERE load_id IN {loadIds:Array(UInt64)}
GROUP BY day, domain, service_area, path, query, load_id

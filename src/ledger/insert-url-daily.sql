-- Days are those of UTC+8, the contract's (statistics/url-days.ts).
-- No sum overflows: a load counts only if its total bytes fit its batch (write-load.ts).
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

-- No sum overflows: a load counts only if its total bytes fit its batch (write-load.ts).
INSERT INTO geography_hourly (hour, domain, service_area, country, province, carrier, load_id, requests, flux_bytes)
SELECT
    toStartOfHour(time) AS hour,
    domain,
    service_area,
    country,
    province,
    carrier,
    load_id,
    count(),
    sum(bytes)
FROM request
WHERE load_id IN {loadIds:Array(UInt64)}
GROUP BY hour, domain, service_area, country, province, carrier, load_id

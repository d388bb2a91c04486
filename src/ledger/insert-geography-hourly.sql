-- What a load has of bytes fits its batch, or it does not count (write-load.ts): so does every part of it.
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

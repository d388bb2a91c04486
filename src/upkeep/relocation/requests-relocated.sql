-- Stored requests of loads, with the place in their log (geo/located.sql); the rest is looked up again. Without an
-- address nothing can be looked up, so the known place stays.
SELECT
    * EXCEPT (country, province, carrier, service_area, place_logged),
    country AS stored_country,
    province AS stored_province,
    carrier AS stored_carrier,
    service_area AS stored_service_area,
    place_logged AS stored_place_logged,
    if(client_ip = toIPv6('::') OR bitTest(place_logged, 0), toString(country), '') AS logged_country,
    if(client_ip = toIPv6('::') OR bitTest(place_logged, 1), toString(province), '') AS logged_province,
    if(client_ip = toIPv6('::') OR bitTest(place_logged, 2), toString(carrier), '') AS logged_carrier
FROM request
WHERE load_id IN {loadIds:Array(UInt64)}

-- Adds each client's place. The log's columns logged_country, logged_province and logged_carrier win; they are empty
-- where the log has none. The address fills the gaps, unless it lies in another country than the log says.
WITH
found_requests AS
(
    SELECT *, /*found*/ AS found
    FROM (/*requests*/)
),
country_requests AS
(
    SELECT
        *,
        -- A logged province implies China, except the one of Hong Kong, Macao and Taiwan.
        multiIf(
            logged_country != '', logged_country,
            logged_province = 'gangaotai', if(found.1 IN ('hk', 'mo', 'tw'), found.1, 'qita'),
            logged_province != '', 'cn',
            found.1) AS country
    FROM found_requests
),
placed_requests AS
(
    SELECT
        *,
        multiIf(
            logged_province != '', logged_province,
            found.1 IN ('', country), found.2,
            country IN ('hk', 'mo', 'tw'), 'gangaotai',
            country = 'cn', 'qita',
            '') AS province,
        multiIf(logged_carrier != '', logged_carrier, found.1 IN ('', country), found.3, 'qita') AS carrier
    FROM country_requests
)
SELECT
    *,
    -- Unknown clients: statistics/service-areas.ts.
    multiIf(
        {serviceArea:String} != 'by_country', {serviceArea:String},
        /*unknown*/, {unknownClientArea:String},
        country = 'cn' AND province != 'gangaotai', 'mainland_china',
        'outside_mainland_china') AS service_area,
    toUInt8((logged_country != '') + 2 * (logged_province != '') + 4 * (logged_carrier != '')) AS place_logged
FROM placed_requests

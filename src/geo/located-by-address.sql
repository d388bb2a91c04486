-- Adds each client's place by its address alone, for requests of which the log names none. The same as located.sql makes of
-- them, in a quarter of its time: all but the look-up of the network runs once for each region, of which there are a few
-- hundred.
WITH
region_requests AS
(
    SELECT *, /*region*/ AS region
    FROM (/*requests*/)
),
placed_requests AS
(
    SELECT *, /*country*/ AS country, /*province*/ AS province, /*carrier*/ AS carrier
    FROM region_requests
)
SELECT
    *,
    -- Unknown clients: statistics/service-areas.ts.
    multiIf(
        {serviceArea:String} != 'by_country', {serviceArea:String},
        /*unknown*/, {unknownClientArea:String},
        country = 'cn' AND province != 'gangaotai', 'mainland_china',
        'outside_mainland_china') AS service_area,
    toUInt8(0) AS place_logged
FROM placed_requests

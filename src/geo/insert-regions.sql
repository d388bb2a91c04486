-- Each place is `country|province|carrier`; its region is its index in the list, from 0.
INSERT INTO geo_region (version, region, country, province, carrier)
SELECT {version:UInt32}, region - 1, parts[1], parts[2], parts[3]
FROM
(
    SELECT arrayJoin(arrayEnumerate({places:Array(String)})) AS region, splitByChar('|', {places:Array(String)}[region]) AS parts
)

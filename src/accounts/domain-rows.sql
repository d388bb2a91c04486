-- One row if any table holds rows of a domain, whether they count or not.
SELECT 1 AS found FROM
(
    SELECT domain FROM request WHERE domain = {domain:String} LIMIT 1
    UNION ALL
    SELECT domain FROM url_daily WHERE domain = {domain:String} LIMIT 1
    UNION ALL
    SELECT domain FROM geography_hourly WHERE domain = {domain:String} LIMIT 1
    UNION ALL
    SELECT domain FROM usage WHERE domain = {domain:String} LIMIT 1
    UNION ALL
    SELECT domain FROM forgotten_usage WHERE domain = {domain:String} LIMIT 1
)
LIMIT 1

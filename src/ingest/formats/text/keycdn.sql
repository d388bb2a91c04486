-- KeyCDN's log:
--   unix s.ms|edge|client|status|bytes|user id|zone id|zone's host|HIT|"METHOD target PROTOCOL"|[time]|"referrer"|"user agent"|scheme|…
-- All figures stand before the client's texts, which may have bars.
SELECT
    line,
    -- Two lines that were joined have two such places.
    length(fields) >= 18 AND startsWith(fields[7], 'zid') AND match(fields[9], '^[A-Za-z_-]*$') AND (length(fields) != 19 OR position(fields[17], '.') = 0)
        AND countMatches(line, '\\d{10}\\.\\d{3}\\|\\w+\\|[^|"]*\\|\\d+\\|\\d+\\|') <= 1 AS well_formed,
    toDateTime(if(length(fields[1]) >= 10, toUInt32OrNull(extract(fields[1], '^(\\d{10})(?:\\.\\d{1,6})?$')), NULL), 'UTC') AS time,
    toLowCardinality(fields[8]) AS host,
    fields[3] AS client_ip,
    found[2] AS target,
    found[4] AS referrer,
    found[5] AS user_agent,
    found[1] AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(fields[4], '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(fields[5], '+', 'x')) AS bytes,
    toInt8(multiIf(fields[9] IN ('', '-'), -1, fields[9] IN ('HIT', 'STALE', 'UPDATING', 'REVALIDATED'), 1, 0)) AS cache,
    toUInt32(0) AS duration_ms,
    -- scheme|TLS|country|region|"organisation"|range, or before 2022 scheme|country|name|city|region|latitude|longitude|"organisation".
    lower(extract(multiIf(length(fields) = 19, fields[16], length(fields) = 21, fields[15], ''), '^[A-Z]{2}$')) AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        splitByChar('|', trimRight(line, '\r')) AS fields,
        extractGroups(line, '\\|"(?:(\\S+) (.*?) HTTP/[0-9.]+|[^"]*)"\\|\\[([^\\]]*)\\]\\|"(.*?)"\\|"(.*?)"\\|') AS found
    FROM /*lines*/
)

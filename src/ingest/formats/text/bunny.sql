-- bunny.net's log:
--   HIT|status|unix ms|bytes|zone|client|referrer|url|edge|user agent|request id|country
-- A bar inside the client's texts gives more fields. Such a line counts if its URL can begin in one place only.
SELECT
    line,
    (length(fields) = 12 OR length(fields) > 12 AND length(found) = 4) AND (fields[6] IN ('', '-') OR match(fields[6], '[.:]')) AS well_formed,
    if(match(fields[3], '^\\d{13}$'), toDateTime(if(toUInt64OrZero(fields[3]) < 4294967296000, intDiv(toUInt64OrZero(fields[3]), 1000), NULL), 'UTC'), NULL) AS time,
    if(length(found) = 4, found[2], fields[8]) AS target,
    toLowCardinality(extract(target, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)')) AS host,
    fields[6] AS client_ip,
    if(length(found) = 4, found[1], fields[7]) AS referrer,
    if(length(found) = 4, found[4], fields[10]) AS user_agent,
    '' AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(fields[2], '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(fields[4], '+', 'x')) AS bytes,
    toInt8(multiIf(fields[1] IN ('', '-'), -1, fields[1] IN ('HIT', 'STALE', 'UPDATING', 'REVALIDATED'), 1, 0)) AS cache,
    toUInt32(0) AS duration_ms,
    extract(lower(fields[-1]), '^[a-z]{2}$') AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        splitByChar('|', trimRight(line, '\r')) AS fields,
        -- referrer|url|edge|user agent
        if(length(fields) <= 12, '', arrayStringConcat(arraySlice(fields, 7, length(fields) - 8), '|')) AS middle,
        if(countMatches(middle, '\\|https?://') != 1 OR countMatches(line, '\\|\\d{13}\\|\\d+\\|\\d+\\|') != 1, [], extractGroups(middle, '^(.*?)\\|(https?://.*?)\\|([A-Z]{2,4})\\|(.*)$')) AS found
    FROM /*lines*/
)

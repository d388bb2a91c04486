-- bunny.net's log:
--   HIT|status|unix ms|bytes|zone|client|referrer|url|edge|user agent|request id|country
-- A bar inside the client's texts gives more fields: all figures stand before them. The URL then is what begins as one
-- and has an edge behind it. Where several of different hosts do, a client wrote one of them: only the delivery can say
-- the domain.
SELECT
    line,
    (length(fields) = 12 OR length(urls) > 0 AND (length(hosts) = 1 OR {defaultDomain:String} != ''))
        AND countMatches(line, '\\|\\d{13}\\|\\d+\\|\\d+\\|') <= 1 AND (fields[6] IN ('', '-') OR match(fields[6], '[.:]')) AS well_formed,
    if(match(fields[3], '^\\d{13}$'), toDateTime(if(toUInt64OrZero(fields[3]) < 4294967296000, intDiv(toUInt64OrZero(fields[3]), 1000), NULL), 'UTC'), NULL) AS time,
    if(length(fields) = 12, fields[8], arrayStringConcat(arraySlice(fields, urls[1], edge_at - urls[1]), '|')) AS target,
    toLowCardinality(if(length(hosts) > 1, '', extract(target, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)'))) AS host,
    fields[6] AS client_ip,
    if(length(fields) = 12, fields[7], arrayStringConcat(arraySlice(fields, 7, urls[1] - 7), '|')) AS referrer,
    if(length(fields) = 12, fields[10], arrayStringConcat(arraySlice(fields, edge_at + 1, length(fields) - edge_at - 2), '|')) AS user_agent,
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
        -- The user agent, the request's id and the country end the line.
        if(length(fields) <= 12, [], arrayFilter(at -> match(fields[at], '^[A-Z]{2,4}$'), range(9, length(fields) - 2))) AS edges,
        if(length(fields) <= 12, [], arrayFilter(at -> match(fields[at], '^https?://') AND edges[-1] > at, range(8, length(fields) - 3))) AS urls,
        arrayDistinct(arrayMap(at -> lower(extract(fields[at], '^https?://([^/?#]*)')), urls)) AS hosts,
        arrayFirst(at -> at > urls[1], edges) AS edge_at
    FROM /*lines*/
)

-- Squid's native log, which Apache Traffic Server writes, too:
--   epoch.ms  duration-ms client result/status bytes METHOD url user hierarchy/server content-type
-- Squid pads the duration with blanks.
SELECT
    line,
    length(fields) >= 10 AND length(result) = 2 AND position(fields[9], '/') > 0
        AND countMatches(line, '\\d{10}\\.\\d{3} +\\d+ \\S+ [A-Z_]+/\\d{3} \\d+ ') <= 1 AS well_formed,
    toDateTime(if(length(fields[1]) >= 10, toUInt32OrNull(extract(fields[1], '^(\\d{10})\\.\\d{3}$')), NULL), 'UTC') AS time,
    fields[7] AS target,
    -- The URL of CONNECT is a host and a port.
    toLowCardinality(if(fields[6] = 'CONNECT', fields[7], extract(fields[7], '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)'))) AS host,
    fields[3] AS client_ip,
    '' AS referrer,
    '' AS user_agent,
    fields[6] AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(result[2], '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(fields[5], '+', 'x')) AS bytes,
    toInt8(position(result[1], 'HIT') > 0) AS cache,
    toUInt32OrZero(fields[2]) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        splitByWhitespace(line) AS fields,
        splitByChar('/', fields[4]) AS result
    FROM /*lines*/
)

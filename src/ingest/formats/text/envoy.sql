-- Envoy's default access log, which escapes no quotes:
--   [time] "METHOD target PROTOCOL" status flags received bytes ms upstream-ms "x-forwarded-for" "user agent" "request id" "authority" "upstream"
-- The figures are the first behind a request without further blanks. The authority and the upstream, which have neither
-- blanks nor quotes, are the last strings: what a client sends stands between. Two lines that a lost line end has joined
-- are none.
SELECT
    line,
    -- The request's id is no authority, nor is the upstream, where a string more stands before it.
    length(sent) >= 3 AND (length(sent) = 3 OR f[8] != f[9]) AND NOT match(f[8], '^[0-9a-f]{8}-[0-9a-f-]{27}$')
        AND countMatches(line, '\\[\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\] "[^"]*" \\d+ [^ "]+ \\d+ \\d+ ') <= 1 AS well_formed,
    parseDateTime64BestEffortOrNull(extract(toLowCardinality(f[1]), '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z$'), 0, 'UTC') AS time,
    toLowCardinality(f[8]) AS host,
    splitByString('" "', f[7]) AS sent,
    -- The proxies' list: load/client-address.sql takes the client from it.
    sent[1] AS client_ip,
    f[3] AS target,
    '' AS referrer,
    arrayStringConcat(arraySlice(sent, 2, length(sent) - 2), '" "') AS user_agent,
    f[2] AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(f[4], '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(f[5], '+', 'x')) AS bytes,
    toInt8(-1) AS cache,
    toUInt32OrZero(f[6]) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        extractGroups(line, '^\\[([^\\] "]*)\\] "([^ "]+) ([^"]*|[^ ]*) [^ "]+" ([^ "]+) [^ "]+ [^ "]+ ([^ "]+) ([^ "]+) [^ "]+ "(.*)" "([^ "]*)" "(-|[\\d.]+:\\d+|\\[[^" ]*\\]:\\d+|[^" ]*/[^" ]*)"[^"]*$') AS f
    FROM /*lines*/
)

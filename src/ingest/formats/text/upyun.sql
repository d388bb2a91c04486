-- Upyun CDN's log:
--   client - user [time] "METHOD url PROTOCOL" status bytes "referrer" "user agent" "type" request-bytes Hit "origin" Static "cache control" seconds edge
-- A quote inside a string changes the number of parts. Such a line counts if its figures can stand in one place only.
WITH
quoted_lines AS
(
    SELECT
        line,
        splitByChar('"', trimRight(line, '\r')) AS quoted,
        if(length(quoted) = 13 OR countMatches(line, ' HTTP/[0-9.]+" \\d+ \\d+ "') != 1, [], extractGroups(line,
            '^([^"]*)"(.* HTTP/[0-9.]+)" (\\d+ \\d+) "(.*)" "(.*)" "([^"]*)"( \\S+ \\S+ )"([^"]*)"( \\S+ )"([^"]*)"([^"]*)$')) AS found
    FROM /*lines*/
),
parted_lines AS
(
    SELECT
        line,
        if(length(found) = 0, quoted, [found[1], found[2], concat(' ', found[3], ' '), found[4], ' ', found[5], ' ', found[6],
            found[7], found[8], found[9], found[10], found[11]]) AS parts
    FROM quoted_lines
),
word_lines AS
(
    SELECT
        line,
        parts,
        splitByChar(' ', parts[1]) AS before,
        -- ['', status, bytes, '']
        splitByChar(' ', parts[3]) AS numbers,
        -- ['', request's bytes, 'Hit', '']
        splitByChar(' ', parts[9]) AS hits
    FROM parted_lines
)
SELECT
    line,
    length(parts) = 13 AND parts[5] = ' ' AND parts[7] = ' ' AND length(numbers) = 4 AND length(hits) >= 4 AND length(before) >= 6 AND NOT has_another AS well_formed,
    -- A lost line end joins two requests, of which the first may be cut.
    position(line, '] "', position(line, '] "') + 1) > 0
        AND countMatches(line, '\\[\\d\\d/\\w{3}/\\d{4}:[\\d:]{8} [+-]\\d{4}\\] "[^ ]') > 1 AS has_another,
    -- A user's name may hold spaces: the time ends the text before the request.
    parseDateTimeOrNull(extract(toLowCardinality(substring(parts[1], -28, 26)), '^.{21}[+-](?:0\\d|1[0-4])[0-5]\\d$'), '%d/%b/%Y:%H:%i:%s %z') AS time,
    toLowCardinality(extract(parts[2], '^\\S+ [A-Za-z][A-Za-z0-9+.-]*://([^/?# ]*)(?:[/?#]| HTTP/[0-9.]+$)')) AS host,
    before[1] AS client_ip,
    splitByChar(' ', parts[2]) AS request,
    length(request) >= 3 AND startsWith(request[-1], 'HTTP/') AS has_target,
    if(has_target, substring(parts[2], length(request[1]) + 2, length(parts[2]) - length(request[1]) - length(request[-1]) - 2), '') AS target,
    parts[4] AS referrer,
    parts[6] AS user_agent,
    if(has_target, request[1], '') AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(numbers[2], '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(numbers[3], '+', 'x')) AS bytes,
    toInt8(multiIf(hits[3] IN ('', '-'), -1, match(hits[3], '(?i)^(hit|stale|updating|revalidated)'), 1, 0)) AS cache,
    toUInt32(least(toFloat64OrZero(extract(parts[13], '^ (\\d+\\.\\d+)')) * 1000, 4294967295)) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM word_lines

-- Baidu AI Cloud CDN's offline log:
--   client level - host [time] ms "METHOD target PROTOCOL" status bytes body-bytes "referrer" "cookie" "user agent" "forwarded for" id HIT edge
-- A quote inside a string changes the number of parts. Such a line counts if its figures can stand in one place only.
WITH
quoted_lines AS
(
    SELECT
        line,
        splitByChar('"', trimRight(line, '\r')) AS quoted,
        if(length(quoted) = 11 OR countMatches(line, '" \\d+ \\d+ \\d+ "') != 1
            OR countMatches(line, '\\[\\d\\d/\\w{3}/\\d{4}:[\\d:]{8} [+-]\\d{4}\\] \\d+ "') != 1, [], extractGroups(line,
            '^([^"]*)"(.*)"( \\d+ \\d+ \\d+ )"(.*?)" "(.*)" "(.*)" "(.*)"([^"]*)$')) AS found
    FROM /*lines*/
),
parted_lines AS
(
    SELECT
        line,
        if(length(found) = 0, quoted, [found[1], found[2], found[3], found[4], ' ', found[5], ' ', found[6], ' ', found[7], found[8]]) AS parts
    FROM quoted_lines
),
word_lines AS
(
    SELECT
        line,
        parts,
        -- [client, level, '-', host, '[01/Sep/2026:08:00:01', '+0800]', ms, '']
        splitByChar(' ', parts[1]) AS before,
        -- ['', status, bytes, body's bytes, '']
        splitByChar(' ', parts[3]) AS numbers
    FROM parted_lines
)
SELECT
    line,
    length(parts) = 11 AND length(before) IN (7, 8) AND match(before[-6], '^(?:-|\\d+)$') AND length(numbers) = 5
        AND match(parts[-1], '^ [^ ]+ [A-Za-z_-]+(?: |$)') AS well_formed,
    parseDateTimeOrNull(extract(toLowCardinality(concat(substring(before[-4], 2), ' ', before[-3])), '^(.{20} [+-](?:0\\d|1[0-4])[0-5]\\d)\\]$'), '%d/%b/%Y:%H:%i:%s %z') AS time,
    -- Logs of Baidu's CDN abroad have a word less before the host.
    toLowCardinality(before[-5]) AS host,
    before[1] AS client_ip,
    splitByChar(' ', parts[2]) AS request,
    length(request) >= 3 AND startsWith(request[-1], 'HTTP/') AS has_target,
    if(has_target, substring(parts[2], length(request[1]) + 2, length(parts[2]) - length(request[1]) - length(request[-1]) - 2), '') AS target,
    parts[4] AS referrer,
    parts[8] AS user_agent,
    if(has_target, request[1], '') AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(extract(numbers[2], '^\\d{3}$')) AS status,
    toUInt64OrNull(replaceOne(numbers[3], '+', 'x')) AS bytes,
    extract(parts[-1], '^ \\S+ (\\w+)') AS hit,
    toInt8(multiIf(hit = '', -1, match(hit, '(?i)hit'), 1, 0)) AS cache,
    toUInt32OrZero(before[-2]) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM word_lines

-- Alibaba Cloud CDN offline log:
--   [time] client proxy ms "referrer" "METHOD url" status request-bytes bytes HIT "user agent" "content type"[ …]
-- Strings have no quotes inside. A line that has one has its figures elsewhere, and is rejected, as is one with another
-- behind it.
SELECT
    line,
    -- A client's quote could make a second place for the figures or the URL.
    length(parts) >= 9 AND countMatches(line, '" \\d+ \\d+ \\d+ [A-Z_]+ "') <= 1 AND countMatches(line, '" "[A-Z]+ [^" ]*://') <= 1 AND length(before) = 6 AND length(numbers) = 6
        AND countMatches(line, '\\[\\d{1,2}/\\w{3}/\\d{4}:[\\d:]{8} [+-]\\d{4}\\] \\S+ \\S+ \\d+ "') <= 1 AS well_formed,
    -- The day may have one digit.
    parseDateTimeOrNull(
        replaceRegexpOne(extract(toLowCardinality(substring(before[1], 2)), '^\\d{1,2}/\\w{3}/\\d{4}:[\\d:]{8}$'), '^(\\d)/', '0\\1/')
            || ' ' || extract(toLowCardinality(before[2]), '^([+-](?:0\\d|1[0-4])[0-5]\\d)\\]$'),
        '%d/%b/%Y:%H:%i:%s %z') AS time,
    position(parts[4], ' ') AS method_end,
    substring(parts[4], method_end + 1) AS target,
    toLowCardinality(extract(target, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)')) AS host,
    before[3] AS client_ip,
    parts[2] AS referrer,
    parts[6] AS user_agent,
    substring(parts[4], 1, method_end - 1) AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(numbers[2], '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(numbers[4], '+', 'x')) AS bytes,
    toInt8(numbers[5] = 'HIT') AS cache,
    toUInt32OrZero(before[5]) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        splitByChar('"', line) AS parts,
        -- ['[1/Sep/2026:08:00:01', '+0800]', client, proxy, ms, '']
        splitByChar(' ', parts[1]) AS before,
        -- ['', status, request bytes, bytes, 'HIT', '']
        splitByChar(' ', parts[5]) AS numbers
    FROM /*lines*/
)

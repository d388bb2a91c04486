-- Common Log Format, with or without a leading host:
--   [host ]client identity user [time] "request" status bytes
SELECT
    line,
    length(parts) = 3 AND length(numbers) = 3 AND /*is_prefix*/ AS well_formed,
    parseDateTimeOrNull(extract(toLowCardinality(substring(parts[1], -28, 26)), '^.{21}[+-](?:0\\d|1[0-4])[0-5]\\d$'), '%d/%b/%Y:%H:%i:%s %z') AS time,
    toLowCardinality(/*host*/) AS host,
    client AS client_ip,
    splitByChar(' ', parts[2]) AS request,
    length(request) >= 3 AND startsWith(request[-1], 'HTTP/') AS has_target,
    if(has_target, substring(parts[2], length(request[1]) + 2, length(parts[2]) - length(request[1]) - length(request[-1]) - 2), '') AS target,
    '' AS referrer,
    '' AS user_agent,
    if(has_target, request[1], '') AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(numbers[2], '+', 'x')) AS status,
    if(numbers[3] = '-', 0, toUInt64OrNull(replaceOne(numbers[3], '+', 'x'))) AS bytes,
    toInt8(-1) AS cache,
    toUInt32(0) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        -- Fastly's format has quotes around the words before the time, too.
        if(position(line, '"') < position(line, '['), replaceRegexpOne(line, '^([^"\\[]*) "[^"]*" "[^"]*" \\[', '\\1 - - ['), line) AS plain,
        splitByChar('"', trimRight(plain, '\r')) AS parts,
        splitByChar(' ', parts[1]) AS before,
        /*client*/ AS client,
        -- ['', status, bytes]
        splitByChar(' ', parts[3]) AS numbers
    FROM /*lines*/
)

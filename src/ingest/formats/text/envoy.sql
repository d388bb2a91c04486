-- Envoy's default access log:
--   [time] "METHOD target PROTOCOL" status flags received bytes ms upstream-ms "x-forwarded-for" "user agent" "request id" "authority" "upstream"
SELECT
    line,
    length(parts) = 13 AND length(numbers) = 8 AS well_formed,
    parseDateTime64BestEffortOrNull(extract(toLowCardinality(parts[1]), '^\\[(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(?:\\.\\d+)?Z)\\] $'), 0, 'UTC') AS time,
    toLowCardinality(parts[10]) AS host,
    -- The proxies' list: load/client-address.sql takes the client from it.
    parts[4] AS client_ip,
    splitByChar(' ', parts[2]) AS request,
    length(request) >= 3 AS has_target,
    if(has_target, substring(parts[2], length(request[1]) + 2, length(parts[2]) - length(request[1]) - length(request[-1]) - 2), '') AS target,
    '' AS referrer,
    parts[6] AS user_agent,
    if(has_target, request[1], '') AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(numbers[2], '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(numbers[5], '+', 'x')) AS bytes,
    toInt8(-1) AS cache,
    toUInt32OrZero(numbers[6]) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        splitByChar('"', line) AS parts,
        -- ['', status, flags, received, bytes, ms, upstream ms, '']
        splitByChar(' ', parts[3]) AS numbers
    FROM /*lines*/
)

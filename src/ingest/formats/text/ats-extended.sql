-- Apache Traffic Server's Netscape extended log, and extended2, which has four more fields:
--   client - user [time] "METHOD url PROTOCOL" status body origin-status origin-body … header-bytes … seconds[ hierarchy finish finish result]
SELECT
    line,
    length(parts) = 3 AND length(numbers) IN (12, 16) AND length(before) >= 6 AS well_formed,
    -- -0000 is its way to write UTC.
    parseDateTimeOrNull(extract(toLowCardinality(substring(parts[1], -28, 26)), '^.{21}[+-](?:0\\d|1[0-4])[0-5]\\d$'), '%d/%b/%Y:%H:%i:%s %z') AS time,
    toLowCardinality(extract(parts[2], '^\\S+ [A-Za-z][A-Za-z0-9+.-]*://([^/?# ]*)(?:[/?#]| HTTP/[0-9.]+$)')) AS host,
    before[1] AS client_ip,
    splitByChar(' ', parts[2]) AS request,
    length(request) >= 3 AND startsWith(request[-1], 'HTTP/') AS has_target,
    if(has_target, substring(parts[2], length(request[1]) + 2, length(parts[2]) - length(request[1]) - length(request[-1]) - 2), '') AS target,
    '' AS referrer,
    '' AS user_agent,
    if(has_target, request[1], '') AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(numbers[2], '+', 'x')) AS status,
    -- The sum of the answer's body and header; null if the sum would not fit.
    toUInt64OrNull(replaceOne(numbers[3], '+', 'x')) AS body_bytes,
    toUInt64OrNull(replaceOne(numbers[9], '+', 'x')) AS header_bytes,
    if(body_bytes < 4611686018427387904 AND header_bytes < 4611686018427387904, body_bytes + header_bytes, NULL) AS bytes,
    toInt8(if(length(numbers) = 16, position(numbers[16], 'HIT') > 0, -1)) AS cache,
    toUInt32(least(least(toUInt64OrZero(numbers[12]), 4294968) * 1000, 4294967295)) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        splitByChar('"', trimRight(line, '\r')) AS parts,
        splitByChar(' ', parts[1]) AS before,
        -- ['', status, body, origin status, origin body, …, header, …, seconds, …]
        splitByChar(' ', parts[3]) AS numbers
    FROM /*lines*/
)

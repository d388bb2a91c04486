-- Amazon S3's server access log:
--   owner bucket [time] client requester id operation key "METHOD target PROTOCOL" status error bytes object-bytes ms ms "referrer" "user agent" version …
-- A quote inside a string changes the number of parts. Such a line counts if its figures can stand in one place only.
SELECT
    line,
    -- S3's own work, and each key of a deletion of many: such a line has no request.
    match(before[8], '^(?:S3|BATCH)\\.') AS is_own,
    length(before) >= 10 AND position(before[1], '.') = 0 AND (is_own OR length(before) = 10 AND length(parts) = 7 AND length(numbers) = 8 AND match(numbers[3], '^(?:-|[A-Za-z]\\w*)$')) AS well_formed,
    parseDateTimeOrNull(extract(toLowCardinality(concat(substring(before[3], 2), ' ', before[4])), '^(.{20} [+-](?:0\\d|1[0-4])[0-5]\\d)\\]$'), '%d/%b/%Y:%H:%i:%s %z') AS time,
    -- A bucket is no domain, so that the delivery may name one. The Host header is the client's.
    toLowCardinality(if({defaultDomain:String} = '', before[2], '')) AS host,
    before[5] AS client_ip,
    splitByChar(' ', parts[2]) AS request,
    length(request) >= 3 AND startsWith(request[-1], 'HTTP/') AS has_target,
    if(has_target, substring(parts[2], length(request[1]) + 2, length(parts[2]) - length(request[1]) - length(request[-1]) - 2), '') AS target,
    parts[4] AS referrer,
    parts[6] AS user_agent,
    if(has_target, request[1], '') AS method,
    -- -: no answer was sent. Only digits: the engine would read +7 as 7.
    if(is_own OR numbers[2] = '-', 0, toUInt16OrNull(replaceOne(numbers[2], '+', 'x'))) AS status,
    if(is_own OR numbers[4] = '-', 0, toUInt64OrNull(replaceOne(numbers[4], '+', 'x'))) AS bytes,
    toInt8(-1) AS cache,
    toUInt32OrZero(numbers[6]) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier,
    if(is_own, 'edge', '') AS asked_by
FROM
(
    SELECT
        line,
        splitByChar('"', line) AS quoted,
        if(length(quoted) = 7 OR countMatches(line, '" (?:\\d{3}|-) (?:\\w+|-)(?: (?:\\d+|-)){4} "') != 1
            OR countMatches(line, '\\[\\d\\d/\\w{3}/\\d{4}:[\\d:]{8} [+-]\\d{4}\\] \\S+ \\S+ \\S+ [A-Z]+\\.') != 1, [], extractGroups(line,
            '^([^"]*)"(.*)"( (?:\\d{3}|-) (?:\\w+|-)(?: (?:\\d+|-)){4} )"(.*)" "(.*)"(.*)$')) AS found,
        if(length(found) = 0, quoted, [found[1], found[2], found[3], found[4], '', found[5], found[6]]) AS parts,
        -- [owner, bucket, '[01/Sep/2026:00:00:01', '+0000]', client, requester, id, operation, key, '']
        splitByChar(' ', parts[1]) AS before,
        -- ['', status, error, bytes, object's bytes, ms, ms to the answer, '']
        splitByChar(' ', parts[3]) AS numbers
    FROM /*lines*/
)

-- HAProxy's HTTP log, with or without syslog's prefix:
--   [… haproxy[123]: ]client:port [time] frontend backend/server TR/Tw/Tc/Tr/Ta status bytes cookie cookie state conns queues[ {captured}][ {captured}] "request"
-- It writes a client's quote, brace or bar as # and two digits, so the text between such marks holds none.
SELECT
    line,
    length(quoted) = 3 AND time_at > 0 AND length(words) >= 11 AND match(words[4], '^[-+0-9]+(/[-+0-9]+){4}$') AS well_formed,
    -- The proxy's local time, without its zone.
    extract(toLowCardinality(substring(words[1], 1, 20)), '^\\d\\d/\\w{3}/\\d{4}:\\d\\d:\\d\\d:\\d\\d$') AS clock,
    toUnixTimestamp(parseDateTimeOrNull(clock, '%d/%b/%Y:%H:%i:%s', 'UTC')) AS clock_seconds,
    /*time*/ AS time,
    splitByChar(' ', quoted[2]) AS request,
    length(request) >= 3 AND startsWith(request[-1], 'HTTP/') AS has_target,
    if(has_target, substring(quoted[2], length(request[1]) + 2, length(quoted[2]) - length(request[1]) - length(request[-1]) - 2), '') AS target,
    extract(target, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)') AS url_host,
    -- Captured values of the request, in the order of the configuration: the first that looks like a host is taken.
    -- That guesses at client input, so it is used only where the delivery states no domain.
    toLowCardinality(multiIf({defaultDomain:String} != '', '', url_host != '', url_host,
        arrayFirst(value -> match(value, '^[A-Za-z0-9_-][A-Za-z0-9_.-]*\\.[A-Za-z][A-Za-z0-9-]*\\.?(:\\d+)?$'),
            splitByChar('|', extract(quoted[1], ' \\{([^}]*)\\}'))))) AS host,
    replaceRegexpOne(splitByChar(' ', substring(line, 1, time_at - 1))[-1], ':\\d+$', '') AS client_ip,
    '' AS referrer,
    '' AS user_agent,
    if(has_target, request[1], '') AS method,
    -- -1: the client left before an answer.
    -- Only digits: the engine would read +7 as 7.
    if(words[5] = '-1', 0, toUInt16OrNull(replaceOne(words[5], '+', 'x'))) AS status,
    -- A leading + marks a value that was logged before the answer had ended.
    toUInt64OrNull(replaceOne(if(startsWith(words[6], '+'), substring(words[6], 2), words[6]), '+', 'x')) AS bytes,
    toInt8(-1) AS cache,
    toUInt32OrZero(trimLeft(splitByChar('/', words[4])[-1], '+')) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        splitByChar('"', trimRight(line, '\r')) AS quoted,
        -- Syslog's own prefix has a bracket, too, but no blank before it.
        position(line, ' [') AS time_at,
        -- ['01/Sep/2026:08:00:01.655]', frontend, backend/server, timers, status, bytes, cookie, cookie, state, conns, queues, …]
        splitByChar(' ', substring(quoted[1], time_at + 2)) AS words
    FROM /*lines*/
)

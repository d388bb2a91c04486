-- HAProxy's HTTP log, with or without syslog's prefix:
--   [… haproxy[123]: ]client:port [time] frontend backend/server TR/Tw/Tc/Tr/Ta status bytes cookie cookie state conns queues[ {captured}][ {captured}] "request"[ …]
-- It writes a client's quote, brace or bar as # and two digits, but for those in captured cookies. A line that is cut at
-- `log … len` has all figures before the cut.
SELECT
    line,
    -- Where the line is cut among captured values, only the delivery can say the domain.
    time_at > 0 AND multiIf(length(quoted) = 1, {defaultDomain:String} != '', is_cut, length(request) <= 3, parts[3] = '' OR startsWith(parts[3], ' '))
    -- Nearly no line has captured cookies, which take a slower expression.
    AND if(position(before, ' - - ') > 0,
        match(before, '^\\[\\d\\d/\\w{3}/[\\d:.]+\\] \\S+ \\S+/\\S+ [-+0-9]+(?:/[-+0-9]+){4} \\S+ \\S+ - - [A-Za-z-]{4} \\d+/\\d+/\\d+/\\d+/\\+?\\d+ \\d+/\\d+(?: \\{[^{}]*\\}){0,2} $') OR position(before, '=') > 0 AND match(before, '^\\[\\d\\d/\\w{3}/[\\d:.]+\\] \\S+ \\S+/\\S+ [-+0-9]+(?:/[-+0-9]+){4} \\S+ \\S+ (?:-|[^ =]+=.*) (?:-|[^ =]+=.*) [A-Za-z-]{4} \\d+/\\d+/\\d+/\\d+/\\+?\\d+ \\d+/\\d+(?: \\{[^{}]*\\}){0,2} $'),
        match(before, '^\\[\\d\\d/\\w{3}/[\\d:.]+\\] \\S+ \\S+/\\S+ [-+0-9]+(?:/[-+0-9]+){4} \\S+ \\S+ (?:-|[^ =]+=.*) (?:-|[^ =]+=.*) [A-Za-z-]{4} \\d+/\\d+/\\d+/\\d+/\\+?\\d+ \\d+/\\d+(?: \\{[^{}]*\\}){0,2} $'))
    AND NOT has_another AS well_formed,
    -- The proxy's local time, without its zone.
    extract(toLowCardinality(substring(words[1], 2, 20)), '^\\d\\d/\\w{3}/\\d{4}:\\d\\d:\\d\\d:\\d\\d$') AS clock,
    toUnixTimestamp(parseDateTimeOrNull(clock, '%d/%b/%Y:%H:%i:%s', 'UTC')) AS clock_seconds,
    /*time*/ AS time,
    -- A line end that was lost joins two requests. Of what clients choose, only captured values can look so.
    position(plain, ' [', time_at + 2) > 0
    AND match(concat(replaceRegexpOne(before, '(?: \\{[^{}]*\\}){1,2} $', ''), parts[2], parts[3]), ' \\[\\d\\d/\\w{3}/\\d{4}:') AS has_another,
    length(quoted) = 2 AS is_cut,
    splitByChar(' ', parts[2]) AS request,
    if(is_cut, length(request) >= 2, length(request) >= 3 AND startsWith(request[-1], 'HTTP/')) AS has_target,
    multiIf(NOT has_target, '',
        is_cut, request[2],
        substring(parts[2], length(request[1]) + 2, length(parts[2]) - length(request[1]) - length(request[-1]) - 2)) AS target,
    -- Of two blocks of captured values the first is the request's, and its first value the Host header: haproxy.ts. The
    -- URL's host is the one that HTTP/2 asks for; in HTTP/1 a client may write any.
    if({defaultDomain:String} != '', '', extract(before, ' \\d+/\\d+ \\{([^{}|]*)[^{}]*\\}(?: \\{[^{}]*\\})? $')) AS captured,
    toLowCardinality(multiIf({defaultDomain:String} != '', '',
        -- Not an address: X-Forwarded-For is captured as often as Host.
        match(captured, '^[A-Za-z0-9_-][A-Za-z0-9_.-]*\\.[A-Za-z][A-Za-z0-9-]*\\.?(?::\\d+)?$'), captured,
        position(before, '{') = 0 AND match(request[-1], '^HTTP/[23]'), extract(target, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)'),
        '')) AS host,
    replaceRegexpOne(splitByChar(' ', trimRight(substring(line, 1, time_at - 1)))[-1], ':\\d+$', '') AS client_ip,
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
        trimRight(line, '\r') AS plain,
        splitByChar('"', plain) AS quoted,
        -- [before, request, after]. Only a captured cookie has a quote of a client's: the request is behind the last
        -- words that can precede one.
        if(length(quoted) <= 3, quoted, extractGroups(plain, '^(.* \\d+/\\d+/\\d+/\\d+/\\+?\\d+ \\d+/\\d+(?: \\{[^{}"]*\\}){0,2} )"([^"]*)"(.*)$')) AS parts,
        -- Syslog's own prefix has a bracket, too, but no blank before it.
        position(line, ' [') AS time_at,
        -- Of values cut at the line's end the rest is left out.
        substring(if(length(quoted) = 1, replaceRegexpOne(parts[1], '\\{[^{}]*$', ''), parts[1]), time_at + 1) AS before,
        -- ['[01/Sep/2026:08:00:01.655]', frontend, backend/server, timers, status, bytes, …]
        splitByChar(' ', before) AS words
    FROM /*lines*/
)

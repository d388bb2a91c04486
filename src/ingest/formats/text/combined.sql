-- nginx and Apache combined, with or without a leading host:
--   [host ]client identity user [time] "request" status bytes "referrer" "user agent"[ …]
-- A quote inside a string is \x22 in nginx and \" in Apache. The latter changes the number of parts. Only such lines
-- meet the regular expression, which tells an escaped quote from the end of a string: clients choose the strings.
WITH
plain_lines AS
(
    SELECT
        line,
        -- Fastly's format has quotes around the words before the time, too.
        if(position(line, '"') < position(line, '['), replaceRegexpOne(line, '^([^"\\[]*) "[^"]*" "[^"]*" \\[', '\\1 - - ['), line) AS plain
    FROM /*lines*/
),
quoted_lines AS
(
    SELECT
        line,
        plain,
        splitByChar('"', plain) AS quoted,
        -- Without a backslash no quote is escaped, so further parts are further strings.
        if(length(quoted) = 7 OR (length(quoted) > 7 AND position(plain, '\\') = 0 AND quoted[5] = ' ' AND match(quoted[3], '^ (\\d+|-) (\\d+|-) $')), [], extractGroups(plain,
            '^((?:[^"\\\\]|\\\\.)*\\[[^\\]]*\\] )"((?:[^\\\\]|\\\\.)*?)" (\\d+|-) (\\d+|-) "((?:[^\\\\]|\\\\.)*?)" "((?:[^\\\\]|\\\\.)*?)"(.*)$')) AS found
    FROM plain_lines
),
parted_lines AS
(
    SELECT
        line,
        plain,
        if(length(found) = 0, quoted, [found[1], found[2], concat(' ', found[3], ' ', found[4], ' '), found[5], ' ', found[6], found[7]]) AS parts
    FROM quoted_lines
),
word_lines AS
(
    SELECT
        line,
        plain,
        parts,
        splitByChar(' ', parts[1]) AS before,
        splitByChar(' ', parts[3]) AS numbers
    FROM parted_lines
),
client_lines AS
(
    SELECT
        line,
        parts,
        before,
        numbers,
        (length(parts) = 4 OR length(parts) = 6 AND parts[5] = ' ') AND match(parts[3], '^ (\\d+|-) (\\d+|-) $') AND position(plain, '\\') = 0 AS is_cut,
        /*client*/ AS client
    FROM word_lines
)
SELECT
    line,
    -- A line that is cut in its referrer or user agent, as syslog cuts long ones, has all figures before the cut.
    (length(parts) >= 7 AND parts[5] = ' ' OR is_cut) AND length(numbers) = 4 AND numbers[4] = '' AND /*is_prefix*/ AND NOT has_another AS well_formed,
    -- The time ends the text before the request, because a user's name may hold spaces and brackets.
    -- Log times repeat: as a dictionary they parse once a second of the log, not once a line.
    -- The engine takes any four characters for a zone: +08:0 would be 100 minutes off.
    parseDateTimeOrNull(extract(toLowCardinality(substring(parts[1], -28, 26)), '^.{21}[+-](?:0\\d|1[0-4])[0-5]\\d$'), '%d/%b/%Y:%H:%i:%s %z') AS time,
    toLowCardinality(/*host*/) AS host,
    client AS client_ip,
    -- METHOD target PROTOCOL; otherwise the request line is broken, and counts with neither method nor target.
    splitByChar(' ', parts[2]) AS request,
    length(request) >= 3 AND startsWith(request[-1], 'HTTP/') AS has_target,
    if(has_target, substring(parts[2], length(request[1]) + 2, length(parts[2]) - length(request[1]) - length(request[-1]) - 2), '') AS target,
    parts[4] AS referrer,
    parts[6] AS user_agent,
    if(has_target, request[1], '') AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(numbers[2], '+', 'x')) AS status,
    -- Apache writes - for no bytes.
    if(numbers[3] = '-', 0, toUInt64OrNull(replaceOne(numbers[3], '+', 'x'))) AS bytes,
    -- Text between quotes is ignored, as a client may have chosen it. The rest is nearly always empty.
    if(parts[7] IN ('', '\r'), '', arrayStringConcat(arrayFilter((part, at) -> at >= 7 AND at % 2 = 1, parts, arrayEnumerate(parts)), ' ')) AS rest,
    -- A lost line end joins two requests, of which the first may be cut. Servers escape a client's quotes, so that clients
    -- cannot make this: a time in brackets, and a quote before more than a blank.
    position(line, '] "', position(line, '] "') + 1) > 0
        AND countMatches(line, '\\[\\d\\d/\\w{3}/\\d{4}:[\\d:]{8} [+-]\\d{4}\\] "[^ ]') > 1 AS has_another,
    toInt8(multiIf(rest = '', -1,
        match(rest, '(?i)(^| )(hit|stale|updating|revalidated)( |\r|$)'), 1,
        match(rest, '(?i)(^| )(miss|expired|bypass|pass|pipe|synth)( |\r|$)'), 0, -1)) AS cache,
    if(rest = '', 0, toUInt32(least(toFloat64OrZero(extract(rest, '(?:^| )(\\d+\\.\\d{3})(?: |\r|$)')) * 1000, 4294967295))) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM client_lines

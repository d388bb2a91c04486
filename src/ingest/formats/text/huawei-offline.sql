-- Huawei Cloud CDN offline log:
--   [time] client ms "referrer" "protocol" "method" "domain" "path" status bytes HIT "user agent" "range"[ edge]
-- Splitting at the quotes is the cheapest parse there is. A quote inside a string (their escaping is not documented)
-- changes the number of parts. Only such lines meet the regular expression, which works from both ends. Clients choose
-- the strings: a line whose figures or domain could stand in two places is rejected.
WITH
quoted_lines AS
(
    SELECT
        line,
        splitByChar('"', line) AS quoted,
        if(length(quoted) = 15 OR countMatches(line, '" \\d+ \\d+ [A-Z_]+ ') != 1 OR countMatches(line, '" "(HTTP/[^" ]*|-)" "[A-Za-z-]*" "[^" ]*') != 1
            OR countMatches(line, '\\[\\d\\d/\\w{3}/\\d{4}:[\\d:]{8} [+-]\\d{4}\\] \\S+ \\S+ "') != 1, [], extractGroups(line,
            '^(\\[[^\\]]+\\] \\S+ \\S+ )"(.*)" "(HTTP/[^" ]*|-)" "([A-Za-z-]*)" "([^" ]*)" "(|-|[/*].*|[A-Za-z][A-Za-z0-9+.-]*://.*)" (\\d+ \\d+ [A-Z_]+) "(.*)" "([^"]*)"([^"]*)$')) AS found
    FROM /*lines*/
),
parted_lines AS
(
    SELECT
        line,
        if(length(found) = 0, quoted, [found[1], found[2], '', found[3], '', found[4], '', found[5], '', found[6],
            concat(' ', found[7], ' '), found[8], '', found[9], found[10]]) AS parts
    FROM quoted_lines
),
word_lines AS
(
    SELECT
        line,
        parts,
        -- ['[01/Sep/2026:08:00:01', '+0800]', client, ms, ''] without the first.
        arraySlice(splitByChar(' ', parts[1]), 2) AS before,
        splitByChar(' ', parts[11]) AS numbers
    FROM parted_lines
)
SELECT
    line,
    length(parts) = 15 AND length(before) = 4 AND length(numbers) = 5 AND position(parts[6], '.') = 0 AS well_formed,
    -- Log times repeat: as a dictionary, 4,000,000 of them parse in 0.1 s instead of 2.9 s.
    -- The engine takes any four characters for a zone: +08:0 would be 100 minutes off.
    parseDateTimeOrNull(extract(toLowCardinality(substring(line, 2, 26)), '^.{21}[+-](?:0\\d|1[0-4])[0-5]\\d$'), '%d/%b/%Y:%H:%i:%s %z') AS time,
    toLowCardinality(parts[8]) AS host,
    before[2] AS client_ip,
    parts[10] AS target,
    parts[2] AS referrer,
    parts[12] AS user_agent,
    parts[6] AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(numbers[2], '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(numbers[3], '+', 'x')) AS bytes,
    toInt8(numbers[4] = 'HIT') AS cache,
    toUInt32OrZero(before[3]) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM word_lines

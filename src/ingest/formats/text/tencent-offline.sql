-- Tencent Cloud CDN offline log:
--   YYYYMMDDHHMMSS client domain path bytes province carrier status referrer ms "user agent" "range" METHOD protocol hit port
-- Times are those of UTC+8, without a zone. A blank or quote in a referrer or user agent gives more words or parts: the
-- figures stand before them, and count if they can stand in that place only.
SELECT
    line,
    length(before) >= 11 AND length(after) IN (1, 5) AND (length(parts) = 5 AND length(before) = 11 OR length(parts) >= 5 AND figures_at = [5])
        AND countMatches(line, '\\d{14} \\S+ \\S+ \\S+ \\d+ -?\\d+ -?\\d+ \\d+ ') <= 1 AS well_formed,
    parseDateTimeOrNull(concat(extract(toLowCardinality(before[1]), '^\\d{14}$'), ' +0800'), '%Y%m%d%H%i%s %z') AS time,
    toLowCardinality(if(before[3] = 'NULL', '', before[3])) AS host,
    before[2] AS client_ip,
    before[4] AS target,
    arrayStringConcat(arraySlice(before, 9, greatest(length(before), 11) - 10), ' ') AS logged_referrer,
    if(logged_referrer = 'NULL', '', logged_referrer) AS referrer,
    arrayStringConcat(arraySlice(parts, 2, greatest(length(parts), 4) - 4), '"') AS agent,
    if(agent = 'NULL', '', agent) AS user_agent,
    -- Older lines end with the range.
    if(length(after) = 5, after[2], '') AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(before[8], '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(before[5], '+', 'x')) AS bytes,
    toInt8(if(length(after) = 5, lower(after[4]) = 'hit', -1)) AS cache,
    toUInt32OrZero(before[-2]) AS duration_ms,
    /*country*/ AS country,
    /*province*/ AS province,
    /*carrier*/ AS carrier
FROM
(
    SELECT
        line,
        splitByChar('"', trimRight(line, '\r')) AS parts,
        splitByChar(' ', parts[1]) AS before,
        splitByChar(' ', parts[-1]) AS after,
        -- Where a size, two numbers of a place, and a status stand one behind the other.
        if(length(parts) = 5 AND length(before) = 11, [], arrayFilter(
            at -> match(arrayStringConcat(arraySlice(before, at, 4), ' '), '^\\d+ -?\\d+ -?\\d+ \\d{3}$'), range(5, length(before)))) AS figures_at
    FROM /*lines*/
)

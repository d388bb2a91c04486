-- Tencent Cloud CDN offline log:
--   YYYYMMDDHHMMSS client domain path bytes province carrier status referrer ms "user agent" "range" METHOD protocol hit port
-- Times are those of UTC+8, without a zone.
SELECT
    line,
    length(parts) = 5 AND length(before) = 11 AND length(after) IN (1, 5) AS well_formed,
    parseDateTimeOrNull(concat(extract(toLowCardinality(before[1]), '^\\d{14}$'), ' +0800'), '%Y%m%d%H%i%s %z') AS time,
    toLowCardinality(if(before[3] = 'NULL', '', before[3])) AS host,
    before[2] AS client_ip,
    before[4] AS target,
    if(before[9] = 'NULL', '', before[9]) AS referrer,
    if(parts[2] = 'NULL', '', parts[2]) AS user_agent,
    -- Older lines end with the range.
    if(length(after) = 5, after[2], '') AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(before[8], '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(before[5], '+', 'x')) AS bytes,
    toInt8(if(length(after) = 5, lower(after[4]) = 'hit', -1)) AS cache,
    toUInt32OrZero(before[10]) AS duration_ms,
    /*country*/ AS country,
    /*province*/ AS province,
    /*carrier*/ AS carrier
FROM
(
    SELECT
        line,
        splitByChar('"', trimRight(line, '\r')) AS parts,
        splitByChar(' ', parts[1]) AS before,
        splitByChar(' ', parts[5]) AS after
    FROM /*lines*/
)

-- Lines as they would be loaded, in their order; `reason` is empty for a line that would count.
SELECT
    line_number,
    reason,
    /*line*/ AS line,
    toInt64(toUnixTimestamp(time)) * 1000 AS time_ms,
    domain,
    replaceRegexpOne(toString(client_ip), '^::ffff:(\\d+\\.)', '\\1') AS client,
    method,
    /*target*/ AS target,
    status,
    bytes,
    multiIf(cache = 1, 'hit', cache = 0, 'miss', 'unknown') AS cache,
    duration_ms,
    referrer,
    user_agent,
    logged_country AS country,
    logged_province AS province,
    logged_carrier AS carrier
FROM (/*kept*/)
ORDER BY line_number

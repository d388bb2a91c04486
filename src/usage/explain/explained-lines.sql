-- The first requests of a cell, by time, then load.
SELECT
    toUnixTimestamp(time) AS second,
    load_id AS loadId,
    service_area AS serviceArea,
    /*address*/ AS client,
    client_hash != 0 AS isTruncated,
    /*country*/ AS countryCode,
    /*province*/ AS provinceCode,
    /*carrier*/ AS carrierCode,
    method,
    path,
    query,
    status,
    bytes,
    referrer,
    user_agent AS userAgent,
    toString(cache) AS cacheState,
    duration_ms AS durationMs
FROM (/*requests*/)
WHERE /*cell*/ AND /*counts*/
ORDER BY time, load_id, path, query, method, status, bytes, client_ip
LIMIT {limit:UInt32}

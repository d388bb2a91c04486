-- What a load holds, from the rollup; the times to the second from its requests.
SELECT
    sum(requests) AS requests,
    sum(flux_bytes) AS fluxBytes,
    arraySort(groupUniqArray(domain)) AS domains,
    (SELECT toInt64(toUnixTimestamp(min(time))) * 1000 FROM request WHERE load_id = {loadId:UInt64}) AS firstTimeMs,
    (SELECT toInt64(toUnixTimestamp(max(time))) * 1000 FROM request WHERE load_id = {loadId:UInt64}) AS lastTimeMs
FROM usage
WHERE load_id = {loadId:UInt64}

-- Requests and traffic of each day and domain; days are places in the list of their starts.
SELECT
    toInt64(arrayLastIndex(x -> x <= toInt64(toUnixTimestamp(bucket)), {dayStarts:Array(Int64)})) AS day,
    domain,
    toInt64(sum(requests)) AS requests,
    toString(sum(toUInt128(flux_bytes))) AS fluxBytes
FROM usage
WHERE bucket >= toDateTime({from:Int64}, 'UTC')
  AND bucket < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND /*visible*/
GROUP BY day, domain

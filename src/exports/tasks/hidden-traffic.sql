-- Traffic in a range that counts and that the present owners of its domains do not see: it is from before they had them.
SELECT
    uniqExact(domain) AS domains,
    sum(requests) AS requests,
    accurateCast(sum(toUInt128(flux_bytes)), 'UInt64') AS flux
FROM usage
WHERE bucket >= toDateTime({from:Int64}, 'UTC')
  AND bucket < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND /*counting*/
  AND NOT /*seen*/

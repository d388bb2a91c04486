-- The last bucket of each domain with a request, from the range's start on, in either service area: a domain without
-- traffic abroad is zero there, not missing.
SELECT domain, toUnixTimestamp(max(bucket)) AS watermark
FROM usage
WHERE bucket >= toDateTime({from:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND /*visible*/
GROUP BY domain
ORDER BY domain

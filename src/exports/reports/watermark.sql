-- The last bucket of each domain in which something was logged, from the range's start on. In either service area: a
-- domain without traffic abroad is at zero there, not missing.
SELECT domain, toUnixTimestamp(max(bucket)) AS watermark
FROM usage
WHERE bucket >= toDateTime({from:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND /*visible*/
GROUP BY domain
ORDER BY domain

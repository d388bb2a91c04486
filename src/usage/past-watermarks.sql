-- The last bucket of each domain with a request in a past version, from the range's start on.
SELECT domain, toUnixTimestamp(max(bucket)) AS watermark
FROM (/*usage*/)
GROUP BY domain

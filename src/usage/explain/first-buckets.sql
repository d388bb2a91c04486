-- The end of the 5 minutes up to which a domain has its first `limit` lines, unix s; 0 if there are fewer.
SELECT min(end) AS end
FROM
(
    SELECT toUnixTimestamp(bucket) + 300 AS end, sum(lines) OVER (ORDER BY bucket) AS through
    FROM (SELECT bucket, /*lines*/ AS lines FROM (SELECT bucket, /*sums*/ FROM (/*rows*/) GROUP BY bucket))
)
WHERE through >= {limit:UInt32}

-- The last bucket with a request of any of the domains, unix s, as it counted and as it counts; 0 without one.
SELECT
    toUnixTimestamp(maxIf(bucket, counted)) AS before,
    toUnixTimestamp(maxIf(bucket, counts)) AS after
FROM (/*compared*/)

-- The number of a load's requests that each other load has, too: of the loads that share most, and of all others
-- together as load 0.
SELECT other AS loadId, sum(least(own, theirs)) AS requests
FROM
(
    SELECT
        countIf(load_id = {loadId:UInt64}) AS own,
        sumMap([load_id], [toUInt64(1)]) AS counts,
        arrayConcat(counts.1, [toUInt64(0)]) AS others,
        arrayConcat(counts.2, [toUInt64(count() - own)]) AS counted
    FROM (/*requests_in_buckets*/)
    GROUP BY bucket, domain, digest
    HAVING own > 0
)
ARRAY JOIN others AS other, counted AS theirs
WHERE other != {loadId:UInt64} AND theirs > 0
GROUP BY other
ORDER BY other = 0 DESC, requests DESC, other
LIMIT 11

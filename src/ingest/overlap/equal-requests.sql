-- Counts the requests of a load that other loads have, too; each of the others' requests matches one of the load's.
-- Some equal lines are chance, like two servers' answers to the same monitor. So 5 minutes of a domain count only when
-- at least half of the smaller side is equal.
SELECT sum(equal) AS requests
FROM
(
    SELECT sum(least(own, others)) AS equal, least(sum(own), sum(others)) AS fewer
    FROM
    (
        SELECT bucket, domain, countIf(load_id = {loadId:UInt64}) AS own, count() - own AS others
        FROM (/*requests_in_buckets*/)
        GROUP BY bucket, domain, digest
    )
    GROUP BY bucket, domain
    HAVING equal * 2 >= fewer
)

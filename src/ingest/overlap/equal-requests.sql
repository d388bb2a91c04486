-- How many requests of a load other loads have, too: each of theirs stands for one of its. Some equal lines are chance, as
-- two servers' answers to the same monitor: 5 minutes of a domain tell when half of what is there at the least is equal.
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

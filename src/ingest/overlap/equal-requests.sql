-- Counts the requests of a load that other loads have, too; each of the others' requests matches one of the load's.
-- Some equal lines are chance, like two servers' answers to the same monitor. So 5 minutes of a domain count only when
-- at least half of the smaller side is equal: of its requests, and of its kinds of requests, which are the lines without
-- their times. A monitor's requests are many of one kind. Minutes of one or two kinds tell nothing by themselves: they
-- count unless other minutes show two different logs.
SELECT
    sumIf(equal, is_equal AND is_telling)
        + if(countIf(is_telling AND NOT is_equal) = 0, sumIf(equal, is_equal AND NOT is_telling), 0) AS requests
FROM
(
    SELECT
        sum(equal_of_kind) AS equal,
        least(sum(own_of_kind), sum(others_of_kind)) AS fewer,
        countIf(equal_of_kind > 0) AS equal_kinds,
        least(countIf(own_of_kind > 0), countIf(others_of_kind > 0)) AS fewer_kinds,
        fewer_kinds > 2 AS is_telling,
        equal * 2 >= fewer AND equal_kinds * 2 >= fewer_kinds AS is_equal
    FROM
    (
        SELECT
            bucket,
            domain,
            kind,
            sum(least(own, others)) AS equal_of_kind,
            sum(own) AS own_of_kind,
            sum(others) AS others_of_kind
        FROM
        (
            SELECT bucket, domain, kind, countIf(load_id = {loadId:UInt64}) AS own, count() - own AS others
            FROM (/*requests_in_buckets*/)
            GROUP BY bucket, domain, kind, digest
        )
        GROUP BY bucket, domain, kind
    )
    GROUP BY bucket, domain
)

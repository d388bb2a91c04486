-- Distinct clients of the whole range: what the buckets' counts do not add up to.
SELECT domain_index, count() AS clients
FROM
(
    SELECT /*domain_index*/ AS domain_index, /*client*/ AS client
    FROM (/*requests*/)
    GROUP BY domain_index, client
)
GROUP BY domain_index

-- Distinct clients of the whole range; the buckets' counts do not add up to it.
SELECT domain_index, count() AS clients
FROM
(
    SELECT /*domain_index*/ AS domain_index, /*client*/ AS client
    FROM (/*requests*/)
    GROUP BY domain_index, client
)
GROUP BY domain_index

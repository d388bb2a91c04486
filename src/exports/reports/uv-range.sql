-- Distinct client addresses of the whole range: what the buckets' counts do not add up to.
SELECT domain_index, count() AS clients
FROM
(
    SELECT /*domain_index*/ AS domain_index, client_ip
    FROM (/*requests*/)
    GROUP BY domain_index, client_ip
)
GROUP BY domain_index

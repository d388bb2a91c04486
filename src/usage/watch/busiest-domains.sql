-- The domains with the most traffic since a time, the most first, and the number of all with a request.
SELECT domain, count() OVER () AS domains
FROM
(
    SELECT domain, sum(toUInt128(flux_bytes)) AS bytes
    FROM usage
    WHERE bucket >= toDateTime({from:Int64}, 'UTC') AND /*counting*/
    GROUP BY domain
)
ORDER BY bytes DESC, domain
LIMIT {limit:UInt32}

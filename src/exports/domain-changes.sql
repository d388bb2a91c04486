-- Domains of a task whose sums over its whole range differ now from those in its data version, the largest difference
-- of bytes first.
SELECT
    domain,
    sumIf(requests, counted) AS requestsBefore,
    sumIf(requests, counts) AS requestsAfter,
    sumIf(toUInt128(flux_bytes), counted) AS fluxBefore,
    sumIf(toUInt128(flux_bytes), counts) AS fluxAfter,
    count() OVER () AS total
FROM (/*compared*/)
GROUP BY domain
HAVING requestsBefore != requestsAfter OR fluxBefore != fluxAfter
ORDER BY greatest(fluxBefore, fluxAfter) - least(fluxBefore, fluxAfter) DESC, domain
LIMIT {limit:UInt32}

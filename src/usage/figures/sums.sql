-- Sums of usage rows. A sum of bytes too large for its column ends the statement
-- (docs/adr/0035-figures-at-their-edges.md).
sum(requests) AS requests_sum,
accurateCast(sum(toUInt128(flux_bytes)), 'UInt64') AS flux_sum,
sum(hits) AS hits_sum,
-- A part of every row's traffic, so it fits wherever that fits.
sum(hit_flux_bytes) AS hit_flux_sum,
sum(cache_logged_requests) AS cache_logged,
sum(status_2xx) AS s2,
sum(status_3xx) AS s3,
sum(status_4xx) AS s4,
sum(status_5xx) AS s5,
sum(origin_requests) AS origin_requests_sum,
accurateCast(sum(toUInt128(origin_flux_bytes)), 'Nullable(UInt64)') AS origin_flux_sum

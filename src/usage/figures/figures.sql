-- The definition of every figure, from the sums. Cells are empty where `known` is false.
if(known, flux_sum, NULL) AS flux,
if(known, toUInt64(intDiv(toUInt128(flux_sum) * 8 * 2 + /*seconds*/, /*seconds*/ * 2)), NULL) AS bandwidth,
if(known, requests_sum, NULL) AS requests,
-- Hits are known only when every request of the bucket has a cache state in its log.
if(known AND cache_logged = requests_sum, hits_sum, NULL) AS hits,
if(known AND cache_logged = requests_sum, hit_flux_sum, NULL) AS hit_flux,
origin_flux_sum AS origin_flux,
CAST(intDiv(toUInt128(origin_flux_sum) * 8 * 2 + /*seconds*/, /*seconds*/ * 2), 'Nullable(UInt64)') AS origin_bandwidth,
origin_requests_sum AS origin_requests,
if(known, s2, NULL) AS status_2xx,
if(known, s3, NULL) AS status_3xx,
if(known, s4, NULL) AS status_4xx,
if(known, s5, NULL) AS status_5xx

-- Usage of the buckets [from, to): one row for each bucket, or for each bucket and domain, by time and then name.
-- Zeros are laid under the sums, so that a bucket without requests has its row; after its watermark it is empty instead.
SELECT
    /*time*/ AS time,
    /*domain_cell*/
    if(known, flux_sum, NULL) AS flux,
    if(known, intDiv(flux_sum * 8 * 2 + {interval:UInt32}, {interval:UInt32} * 2), NULL) AS bandwidth,
    if(known, requests_sum, NULL) AS requests,
    -- A log without cache states says nothing about hits: known when every request of the bucket has one.
    if(known AND cache_logged = requests_sum, hits_sum, NULL) AS hits,
    if(known AND cache_logged = requests_sum, hit_flux_sum, NULL) AS hit_flux,
    origin_flux_sum AS origin_flux,
    intDiv(origin_flux_sum * 8 * 2 + {interval:UInt32}, {interval:UInt32} * 2) AS origin_bandwidth,
    origin_requests_sum AS origin_requests,
    if(known, s2, NULL) AS status_2xx,
    if(known, s3, NULL) AS status_3xx,
    if(known, s4, NULL) AS status_4xx,
    if(known, s5, NULL) AS status_5xx
FROM
(
    SELECT
        bucket_start,
        row_domain AS domain,
        toUnixTimestamp(bucket_start) <= transform(row_domain, {watermarkDomains:Array(String)}, {watermarks:Array(UInt32)}, 0::UInt32) AS known,
        sum(requests) AS requests_sum,
        sum(flux_bytes) AS flux_sum,
        sum(hits) AS hits_sum,
        sum(hit_flux_bytes) AS hit_flux_sum,
        sum(cache_logged_requests) AS cache_logged,
        sum(status_2xx) AS s2,
        sum(status_3xx) AS s3,
        sum(status_4xx) AS s4,
        sum(status_5xx) AS s5,
        sum(origin_requests) AS origin_requests_sum,
        sum(origin_flux_bytes) AS origin_flux_sum
    FROM
    (
        SELECT
            toDateTime(intDiv(toInt64(toUnixTimestamp(bucket)) - {shift:Int64}, {interval:Int64}) * {interval:Int64} + {shift:Int64}, 'UTC') AS bucket_start,
            -- Not `domain`: the filter below would take the alias for the column.
            toString(/*row_domain*/) AS row_domain,
            requests, flux_bytes, hits, hit_flux_bytes, cache_logged_requests,
            status_2xx, status_3xx, status_4xx, status_5xx, origin_requests, origin_flux_bytes
        FROM usage
        WHERE bucket >= toDateTime({from:Int64}, 'UTC')
          AND bucket < toDateTime({to:Int64}, 'UTC')
          AND domain IN {domains:Array(String)}
          AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
          AND /*visible*/
        UNION ALL
        SELECT
            toDateTime(arrayJoin(range({from:UInt64}, {to:UInt64}, {interval:UInt64})), 'UTC') AS bucket_start,
            /*grid_domain*/ AS row_domain,
            0::UInt64, 0::UInt64, 0::UInt64, 0::UInt64, 0::UInt64, 0::UInt64, 0::UInt64, 0::UInt64, 0::UInt64,
            NULL::Nullable(UInt64), NULL::Nullable(UInt64)
    )
    GROUP BY bucket_start, row_domain
)
ORDER BY bucket_start, domain

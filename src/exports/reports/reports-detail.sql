-- Usage of the buckets [from, to): one row for each bucket, or for each bucket and domain, by time and then name.
-- Missing rows are filled with zeros (bucket-slices.ts). After its watermark a domain's cells are empty instead. A sum
-- of bytes too large for its column ends the statement (docs/adr/0035-figures-at-their-edges.md).
SELECT /*cells*/
FROM
(
    SELECT
        arrayElement({domains:Array(String)}, domain_number) AS domain,
        bucket_start AS time,
        if(known, flux_sum, NULL) AS flux,
        if(known, toUInt64(intDiv(toUInt128(flux_sum) * 8 * 2 + {interval:UInt32}, {interval:UInt32} * 2)), NULL) AS bandwidth,
        if(known, requests_sum, NULL) AS requests,
        -- Hits are known only when every request of the bucket has a cache state in its log.
        if(known AND cache_logged = requests_sum, hits_sum, NULL) AS hits,
        if(known AND cache_logged = requests_sum, hit_flux_sum, NULL) AS hit_flux,
        origin_flux_sum AS origin_flux,
        CAST(intDiv(toUInt128(origin_flux_sum) * 8 * 2 + {interval:UInt32}, {interval:UInt32} * 2), 'Nullable(UInt64)') AS origin_bandwidth,
        origin_requests_sum AS origin_requests,
        if(known, s2, NULL) AS status_2xx,
        if(known, s3, NULL) AS status_3xx,
        if(known, s4, NULL) AS status_4xx,
        if(known, s5, NULL) AS status_5xx,
        /*coverage*/ AS coverage,
        place
    FROM
    (
        SELECT
            toDateTime({from:Int64} + intDiv(place, {rowsPerBucket:UInt32}) * {interval:UInt32}, 'UTC') AS bucket_start,
            place % {rowsPerBucket:UInt32} + 1 AS domain_number,
            arrayElement({watermarks:Array(UInt32)}, domain_number) AS watermark,
            /*known*/ AS known,
            *
        FROM
        (
            SELECT
                intDiv(toInt64(toUnixTimestamp(bucket)) - {from:Int64}, {interval:Int64}) * {rowsPerBucket:UInt32} + /*domain_index*/ AS place,
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
            FROM /*usage*/
            WHERE bucket >= toDateTime({from:Int64}, 'UTC')
              AND bucket < toDateTime({to:Int64}, 'UTC')
              AND domain IN {domains:Array(String)}
              AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
              AND /*visible*/
            GROUP BY place
            ORDER BY place WITH FILL FROM 0 TO {rows:Int64} STEP 1
        )
    )
)
ORDER BY place

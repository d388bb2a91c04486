-- Traffic of the buckets [from, to) by carrier, or by carrier and province: every combination has a row.
SELECT /*cells*/
FROM
(
    SELECT
        arrayElement({domains:Array(String)}, domain_number) AS domain,
        bucket_start AS time,
        arrayElement({carriers:Array(String)}, carrier_number) AS carrier_code,
        arrayElement({carrierNames:Array(String)}, carrier_number) AS carrier,
        arrayElement({provinces:Array(String)}, province_number) AS province_code,
        arrayElement({provinceNames:Array(String)}, province_number) AS province,
        if(known, flux_sum, NULL) AS flux,
        if(known, toUInt64(intDiv(toUInt128(flux_sum) * 8 * 2 + {interval:UInt32}, {interval:UInt32} * 2)), NULL) AS bandwidth,
        if(known, requests_sum, NULL) AS requests,
        /*coverage*/ AS coverage,
        place
    FROM
    (
        SELECT
            toDateTime({from:Int64} + intDiv(place, {rowsPerBucket:UInt32}) * {interval:UInt32}, 'UTC') AS bucket_start,
            intDiv(place % {rowsPerBucket:UInt32}, {itemsPerDomain:UInt32}) + 1 AS domain_number,
            intDiv(place % {itemsPerDomain:UInt32}, {provincesPerCarrier:UInt32}) + 1 AS carrier_number,
            place % {provincesPerCarrier:UInt32} + 1 AS province_number,
            arrayElement({watermarks:Array(UInt32)}, domain_number) AS watermark,
            /*known*/ AS known,
            *
        FROM
        (
            SELECT
                intDiv(toInt64(toUnixTimestamp(bucket)) - {from:Int64}, {interval:Int64}) * {rowsPerBucket:UInt32}
                    + /*domain_index*/ * {itemsPerDomain:UInt32}
                    + /*carrier_index*/ * {provincesPerCarrier:UInt32}
                    + /*province_index*/ AS place,
                accurateCast(sum(toUInt128(flux_bytes)), 'UInt64') AS flux_sum,
                sum(requests) AS requests_sum
            FROM
            (
                SELECT *, /*carrier_code*/ AS carrier_code, /*province_code*/ AS province_code
                FROM (/*geography*/)
            )
            WHERE has({carriers:Array(String)}, carrier_code)
              AND has({provinces:Array(String)}, province_code)
            GROUP BY place
            ORDER BY place WITH FILL FROM 0 TO {rows:Int64} STEP 1
        )
    )
)
ORDER BY place

-- Usage of the buckets [from, to): one row for each bucket, or for each bucket and domain, by time and then name.
-- Missing rows are filled with zeros (bucket-slices.ts). After its watermark a domain's cells are empty instead.
SELECT /*cells*/
FROM
(
    SELECT
        arrayElement({domains:Array(String)}, domain_number) AS domain,
        bucket_start AS time,
        /*figures*/,
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
                /*sums*/
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

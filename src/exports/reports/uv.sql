-- Distinct clients of the buckets [from, to), of each domain or of all together. Grouping by client counts exactly, and
-- spills to disk what does not fit the memory.
SELECT /*cells*/
FROM
(
    SELECT
        arrayElement({domains:Array(String)}, domain_number) AS domain,
        bucket_start AS time,
        if(/*known*/, clients, NULL) AS uv,
        if(watermark > 0, arrayElement({rangeClients:Array(UInt64)}, domain_number), NULL) AS range_uv,
        /*coverage*/ AS coverage,
        place
    FROM
    (
        SELECT
            toDateTime({from:Int64} + intDiv(place, {rowsPerBucket:UInt32}) * {interval:UInt32}, 'UTC') AS bucket_start,
            place % {rowsPerBucket:UInt32} + 1 AS domain_number,
            arrayElement({watermarks:Array(UInt32)}, domain_number) AS watermark,
            *
        FROM
        (
            SELECT place, count() AS clients
            FROM
            (
                SELECT
                    intDiv(toInt64(toUnixTimestamp(time)) - {from:Int64}, {interval:Int64}) * {rowsPerBucket:UInt32} + /*domain_index*/ AS place,
                    /*client*/ AS client
                FROM (/*requests*/)
                GROUP BY place, client
            )
            GROUP BY place
            ORDER BY place WITH FILL FROM 0 TO {rows:Int64} STEP 1
        )
    )
)
ORDER BY place

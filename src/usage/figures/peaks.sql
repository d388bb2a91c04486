-- The highest 5-minute point of each bucket and key with a request, bit/s; at most `limit` of them.
SELECT start, /*key_names*/, toUInt64(intDiv(toUInt128(max(bytes)) * 16 + 300, 600)) AS peak_bandwidth
FROM
(
    SELECT
        bucket,
        /*start*/ AS start,
        /*keys*/,
        accurateCast(sum(toUInt128(flux_bytes)), 'UInt64') AS bytes
    FROM (/*rows*/)
    GROUP BY bucket, /*key_names*/
)
GROUP BY start, /*key_names*/
ORDER BY start, /*key_names*/
LIMIT {limit:UInt32}

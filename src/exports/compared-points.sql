-- Bytes of each series in each 5 minutes of [from, to) that has a request, as they counted or as they count.
SELECT /*series*/ AS series, bucket, accurateCast(sum(toUInt128(flux_bytes)), 'UInt64') AS bytes
FROM (/*compared*/)
WHERE /*when*/
GROUP BY series, bucket

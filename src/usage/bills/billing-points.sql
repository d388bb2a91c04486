-- Bytes of each series in each 5 minutes of [from, to) that has a request.
SELECT /*series*/ AS series, bucket, accurateCast(sum(toUInt128(flux_bytes)), 'UInt64') AS bytes
FROM (/*usage*/)
GROUP BY series, bucket

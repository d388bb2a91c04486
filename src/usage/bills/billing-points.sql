-- Bytes of each series in each 5 minutes of [from, to) that has a request.
SELECT /*series*/ AS series, bucket, accurateCast(sum(toUInt128(flux_bytes)), 'UInt64') AS bytes
FROM usage
WHERE bucket >= toDateTime({from:Int64}, 'UTC')
  AND bucket < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
  AND /*visible*/
GROUP BY series, bucket

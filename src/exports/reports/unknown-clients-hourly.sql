-- Traffic of clients whose country nobody knows, from the hourly sums by place.
SELECT sum(requests) AS requests, toString(sum(toUInt128(flux_bytes))) AS flux
FROM geography_hourly
WHERE hour >= toDateTime({from:Int64}, 'UTC')
  AND hour < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
  AND /*visible*/
  AND NOT has({loadIdsToRollUp:Array(UInt64)}, load_id)
  AND /*unknown*/

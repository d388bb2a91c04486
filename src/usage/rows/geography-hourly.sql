-- Hourly traffic by place, from the rollup, and from the requests of loads that are not rolled up yet.
SELECT hour AS bucket, domain, country, province, carrier, load_id, requests, flux_bytes
FROM geography_hourly
WHERE hour >= toDateTime({from:Int64}, 'UTC')
  AND hour < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
  AND /*visible*/
  AND NOT has({loadIdsToRollUp:Array(UInt64)}, load_id)
UNION ALL
SELECT toStartOfHour(time) AS bucket, domain, country, province, carrier, load_id, toUInt64(1) AS requests, bytes AS flux_bytes
FROM (/*requests*/)
WHERE has({loadIdsToRollUp:Array(UInt64)}, load_id)

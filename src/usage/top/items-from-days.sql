-- URLs of the range. Its whole days come from the daily totals; the time before and after them, and loads without
-- rollups, come from the requests.
SELECT domain, path, query, flux_bytes AS item_flux, requests AS item_requests
FROM url_daily
WHERE day >= toDateTime({daysFrom:Int64}, 'UTC')
  AND day < toDateTime({daysTo:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
  AND /*visible*/
  AND NOT has({loadIdsToRollUp:Array(UInt64)}, load_id)
UNION ALL
SELECT domain, path, query, bytes AS item_flux, toUInt64(1) AS item_requests
FROM (/*requests*/)
WHERE time < toDateTime({daysFrom:Int64}, 'UTC')
   OR time >= toDateTime({daysTo:Int64}, 'UTC')
   OR has({loadIdsToRollUp:Array(UInt64)}, load_id)

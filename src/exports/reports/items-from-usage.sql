-- Totals of everything, from the usage rollup.
SELECT domain, flux_bytes AS item_flux, requests AS item_requests
FROM usage
WHERE bucket >= toDateTime({from:Int64}, 'UTC')
  AND bucket < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
  AND /*visible*/

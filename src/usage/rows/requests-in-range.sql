-- Counting requests of the domains, the service area and the places, within [from, to).
SELECT *
FROM request
WHERE time >= toDateTime({from:Int64}, 'UTC')
  AND time < toDateTime({to:Int64}, 'UTC')
  AND toStartOfHour(time) >= toStartOfHour(toDateTime({from:Int64}, 'UTC'))
  AND toStartOfHour(time) <= toStartOfHour(toDateTime({to:Int64}, 'UTC'))
  AND domain IN {domains:Array(String)}
  AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
  AND /*visible*/
  AND /*place*/

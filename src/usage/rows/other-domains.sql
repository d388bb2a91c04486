-- A row if the hours of a range have rows of a domain that is not asked for, whether they count or not.
SELECT domain
FROM usage
WHERE toStartOfHour(bucket) >= toStartOfHour(toDateTime({from:Int64}, 'UTC'))
  AND toStartOfHour(bucket) <= toStartOfHour(toDateTime({to:Int64}, 'UTC'))
  AND domain NOT IN {domains:Array(String)}
GROUP BY domain
LIMIT 1

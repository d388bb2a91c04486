-- One month's figures of each series: a domain, or the total.
SELECT /*cells*/
FROM
(
    SELECT
        {month:String} AS month,
        toDateTime({from:Int64}, 'UTC') AS part_from,
        toDateTime({to:Int64}, 'UTC') AS part_to,
        arrayElement({names:Array(String)}, series + 1) AS domain,
        *
    FROM (/*figures*/)
)
ORDER BY series

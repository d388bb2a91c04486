-- One month's figures of each series: a domain, or the total.
SELECT /*cells*/
FROM
(
    SELECT
        {month:String} AS month,
        arrayElement({names:Array(String)}, series + 1) AS domain,
        *
    FROM (/*figures*/)
)
ORDER BY series

-- Domains that limited keys might deliver, grouped by equal sets.
SELECT groupArray(domain) AS domains, sets
FROM
(
    SELECT domain, arraySort(groupUniqArray(set_id)) AS sets
    FROM allowed_set
    WHERE account_id IN {accountIds:Array(String)}
      AND domain IN {domains:Array(String)}
    GROUP BY domain
)
GROUP BY sets
ORDER BY sets

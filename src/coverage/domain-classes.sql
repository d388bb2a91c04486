-- Domains that keys with a limit might deliver, those of the same sets together.
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

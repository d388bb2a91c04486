-- The accounts, of those asked for, that have delivered a load.
SELECT DISTINCT account_id AS accountId
FROM load_span
WHERE account_id IN {accountIds:Array(String)}
ORDER BY accountId

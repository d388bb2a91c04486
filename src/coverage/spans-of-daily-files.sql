-- Spans of the sources with daily files, that the domains' owner sees.
SELECT *
FROM load_span
WHERE account_id IN {accountIds:Array(String)}
  AND /*source*/ IN {dailySources:Array(String)}
  AND /*visible*/

-- Counting files of some names, visible to the account or not: the last time at which each source wrote one.
SELECT account_id AS accountId, source, file_name AS name, toUnixTimestamp(max(written_at)) AS writtenAt
FROM load_span
WHERE account_id IN {accountIds:Array(String)}
  AND file_name IN {names:Array(String)}
  AND /*counting*/
GROUP BY account_id, source, file_name

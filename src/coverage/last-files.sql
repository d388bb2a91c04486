-- The end of each source's last file of any domain, for each class of domains that the files' keys might deliver.
SELECT
    account_id AS accountId,
    source,
    arrayJoin(/*classes*/) AS class,
    toUnixTimestamp(max(last_file)) AS lastFile
FROM
(
    SELECT account_id, source, allowed_set, max(if(named_to > named_from, named_to, last_bucket)) AS last_file
    FROM load_span
    WHERE account_id IN {accountIds:Array(String)}
      AND /*visible*/
    GROUP BY account_id, source, allowed_set
)
GROUP BY account_id, source, class
ORDER BY account_id, source, class

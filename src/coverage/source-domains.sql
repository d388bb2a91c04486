-- The domains of which each source has delivered requests, or files by name. A row for the domain '' says that the
-- source has delivered at all.
SELECT DISTINCT account_id AS accountId, source, domain
FROM
(
    SELECT
        account_id,
        source,
        arrayJoin(arrayConcat(groupUniqArrayArray(domains), [if(/*may_deliver*/, file_domain, ''), ''])) AS domain
    FROM load_span
    WHERE account_id IN {accountIds:Array(String)}
      AND /*visible*/
    GROUP BY account_id, source, file_domain, allowed_set
)
WHERE domain = '' OR domain IN {domains:Array(String)}
ORDER BY accountId, source, domain

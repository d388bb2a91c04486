-- Which source has delivered requests, or files by name, of which of the domains; and up to when it has files of any domain,
-- in a row for the domain ''.
SELECT source, domain, toUnixTimestamp(any(last_file)) AS lastFile
FROM
(
    SELECT
        source,
        arrayJoin(arrayConcat(groupUniqArrayArray(domains), [file_domain, ''])) AS domain,
        max(max(if(named_to > named_from, named_to, last_bucket))) OVER (PARTITION BY source) AS last_file
    FROM load_span
    WHERE /*visible*/
    GROUP BY source, file_domain
)
WHERE domain = '' OR domain IN {domains:Array(String)}
GROUP BY source, domain
ORDER BY source, domain

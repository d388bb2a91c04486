-- Rejected lines of each source's loaded files that reach into the range, by their reasons; those that a rule left out
-- are no loss. Files count as in rejected-lines.sql, but those with others' requests only for who sees all.
WITH
touching AS
(
    SELECT
        load_id,
        account_id,
        source,
        file_name,
        named_to > named_from AS is_named,
        if(is_named, named_from, first_bucket) AS span_from,
        if(is_named, named_to, last_bucket + 300) AS span_to
    FROM load_span
    WHERE account_id IN {accountIds:Array(String)}
      AND (file_domain = '' OR file_domain IN {domains:Array(String)})
      AND rejected_lines > 0
      AND (named_to > named_from OR first_bucket > toDateTime(0, 'UTC'))
      -- As in span-evidence.sql: a file without a request may be of anybody.
      AND ({seesAll:UInt8} = 1 OR hasAll({domains:Array(String)}, domains) AND (file_domain != '' OR notEmpty(domains)))
      AND span_from < toDateTime({to:Int64}, 'UTC')
      AND span_to > toDateTime({from:Int64}, 'UTC')
      AND /*counting*/
)
SELECT
    account_id AS accountId,
    source,
    uniqExact(load_id) AS files,
    arraySort(groupUniqArray(3)(file_name)) AS names,
    sumMap([toString(reason)], [rejected_of_reason]) AS by_reason,
    by_reason.1 AS reasons,
    by_reason.2 AS lines
FROM
(
    SELECT load_id, reason, lines AS rejected_of_reason
    FROM rejected
    WHERE load_id IN (SELECT load_id FROM touching) AND reason NOT IN {byRule:Array(String)}
) AS lost
INNER JOIN touching USING (load_id)
GROUP BY account_id, source
ORDER BY account_id, source

-- Rejected lines of each source's files that reach into the range, as span-evidence.sql finds those. Files count whose
-- domains belong to several accounts, too.
SELECT account_id AS accountId, source, sum(rejected_lines) AS lines
FROM
(
    SELECT
        *,
        named_to > named_from AS is_named,
        is_named OR first_bucket > toDateTime(0, 'UTC') AS has_time,
        if(is_named, named_from, if(has_time, first_bucket, written_at)) AS span_from,
        if(is_named, named_to, if(has_time, last_bucket + 300, written_at + 1)) AS span_to
    FROM load_span
    WHERE account_id IN {accountIds:Array(String)}
      AND (file_domain = '' OR file_domain IN {domains:Array(String)})
      AND /*counting*/
)
WHERE span_from < toDateTime({to:Int64}, 'UTC')
  AND span_to > toDateTime({from:Int64}, 'UTC')
GROUP BY account_id, source
ORDER BY account_id, source

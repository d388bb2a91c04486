-- Spans of files that reach into a range.
SELECT *
FROM load_span
WHERE account_id IN {accountIds:Array(String)}
  AND (first_bucket > toDateTime(0, 'UTC') OR named_to > named_from)
  AND if(named_to > named_from, named_from, first_bucket) < toDateTime({to:Int64}, 'UTC')
  AND if(named_to > named_from, named_to, last_bucket) >= toDateTime({from:Int64}, 'UTC')
  AND /*seen*/

-- Requests that came after their bucket was final. For a source with hourly files: after its delay, counted from the
-- hour's end. For another: after its earlier loads, of the same domain or set of domains, had gone past the bucket by
-- the delay.
SELECT domain, toUnixTimestamp(bucket) AS bucketStart, accountId, source, sum(requests) AS lines
FROM usage
INNER JOIN
(
    SELECT load_id, account_id AS accountId, source, by_hour, first_bucket, final_before
    FROM
    (
        SELECT
            load_id,
            account_id,
            source,
            first_bucket,
            has({hourlySources:Array(String)}, /*source*/) AS by_hour,
            toInt64(transform(/*source*/, {sources:Array(String)}, {delays:Array(UInt32)}, {delayDefault:UInt32})) AS delay,
            toInt64(toUnixTimestamp(max(least(if(named_to > named_from, named_to, last_bucket), toStartOfFiveMinutes(written_at))) OVER (
                PARTITION BY account_id, source, file_domain, allowed_set ORDER BY load_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))) AS went_past,
            if(by_hour, toInt64(toUnixTimestamp(written_at)), went_past) - delay AS final_before
        FROM load_span
        WHERE account_id IN {accountIds:Array(String)}
          AND /*visible*/
    )
    WHERE first_bucket > toDateTime(0, 'UTC')
      AND toInt64(toUnixTimestamp(if(by_hour, toStartOfHour(first_bucket) + 3600, first_bucket + 300))) <= final_before
) AS late USING (load_id)
WHERE bucket >= toDateTime({from:Int64}, 'UTC')
  AND bucket < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND /*visible*/
  AND toInt64(toUnixTimestamp(if(by_hour, toStartOfHour(bucket) + 3600, bucket + 300))) <= final_before
GROUP BY domain, bucketStart, accountId, source
ORDER BY domain, bucketStart, accountId, source

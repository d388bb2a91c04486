-- Requests that came after their bucket was final. For a source with files by the hour or by the day: after its delay,
-- counted from the end of the hour or the day. For another: after its earlier loads, of the same domain or set of
-- domains, had gone past the bucket by the delay.
SELECT domain, toUnixTimestamp(bucket) AS bucketStart, accountId, source, sum(requests) AS lines
FROM usage
INNER JOIN
(
    SELECT load_id, account_id AS accountId, source, late_before
    FROM
    (
        SELECT
            load_id,
            account_id,
            source,
            first_bucket,
            has({hourlySources:Array(String)}, /*source*/) AS by_hour,
            indexOf({dailySources:Array(String)}, /*source*/) AS day_place,
            toInt64(transform(/*source*/, {sources:Array(String)}, {delays:Array(UInt32)}, {delayDefault:UInt32})) AS delay,
            toInt64(toUnixTimestamp(max(least(if(named_to > named_from, named_to, last_bucket), toStartOfFiveMinutes(written_at))) OVER (
                PARTITION BY account_id, source, file_domain, allowed_set ORDER BY load_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))) AS went_past,
            if(by_hour OR day_place > 0, toInt64(toUnixTimestamp(written_at)), went_past) - delay AS final_before,
            multiIf(
                by_hour, intDiv(final_before, 3600) * 3600,
                day_place > 0, arrayLast(x -> x <= final_before, arrayElement({dayStarts:Array(Array(Int64))}, day_place)),
                final_before - 299) AS late_before
        FROM load_span
        WHERE account_id IN {accountIds:Array(String)}
          AND /*visible*/
    )
    WHERE first_bucket > toDateTime(0, 'UTC')
      AND toInt64(toUnixTimestamp(first_bucket)) < late_before
) AS late USING (load_id)
WHERE bucket >= toDateTime({from:Int64}, 'UTC')
  AND bucket < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND /*visible*/
  AND toInt64(toUnixTimestamp(bucket)) < late_before
GROUP BY domain, bucketStart, accountId, source
ORDER BY domain, bucketStart, accountId, source

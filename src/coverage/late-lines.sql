-- Requests that came after their bucket was final. For a source with files by the hour or by the day: after its delay,
-- counted from the end of the hour or the day. For another: after its earlier loads, of the same domain or set of
-- domains, had gone past the bucket by the delay.
--
-- Nothing of a backlog is late. A backlog was over by its delay before the source's first load was written. It is
-- also a file of an hour or a day that came in order, as no file of a later one had come before it, where files of
-- three or more of them were written within ten minutes of it.
WITH
written_spans AS
(
    SELECT
        load_id,
        account_id,
        source,
        file_domain,
        allowed_set,
        first_bucket,
        toInt64(toUnixTimestamp(written_at)) AS written,
        has({hourlySources:Array(String)}, /*source*/) AS by_hour,
        indexOf({dailySources:Array(String)}, /*source*/) AS day_place,
        arrayElement({dayStarts:Array(Array(Int64))}, day_place) AS day_starts,
        toInt64(transform(/*source*/, {sources:Array(String)}, {delays:Array(UInt32)}, {delayDefault:UInt32})) AS delay,
        toInt64(toUnixTimestamp(min(written_at) OVER (PARTITION BY account_id, source))) AS first_written,
        toInt64(toUnixTimestamp(max(least(if(named_to > named_from, named_to, last_bucket), toStartOfFiveMinutes(written_at))) OVER (
            PARTITION BY account_id, source, file_domain, allowed_set ORDER BY load_id ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))) AS went_past,
        intDiv(toInt64(toUnixTimestamp(if(named_to > named_from, named_from, first_bucket)))
            + toInt64(toUnixTimestamp(if(named_to > named_from, named_from, last_bucket))), 2) AS middle
    FROM load_span
    WHERE account_id IN {accountIds:Array(String)}
      AND /*visible*/
),
turn_spans AS
(
    SELECT
        *,
        by_hour OR day_place > 0 AS in_files,
        if(by_hour, intDiv(middle, 3600), arrayLastIndex(x -> x <= middle, day_starts)) AS turn,
        if(by_hour OR day_place > 0, written, went_past) - delay AS final_before,
        first_written - delay AS begun_before
    FROM written_spans
),
judged_spans AS
(
    SELECT
        *,
        multiIf(
            by_hour, intDiv(final_before, 3600) * 3600,
            day_place > 0, arrayLast(x -> x <= final_before, day_starts),
            final_before - 299) AS late_before,
        multiIf(
            by_hour, intDiv(begun_before, 3600) * 3600,
            day_place > 0, arrayLast(x -> x <= begun_before, day_starts),
            begun_before - 299) AS backlog_before,
        uniqExact(turn) OVER (PARTITION BY account_id, source, file_domain, allowed_set ORDER BY written
            RANGE BETWEEN 600 PRECEDING AND 600 FOLLOWING) AS turns_at_once,
        max(turn) OVER (PARTITION BY account_id, source, file_domain, allowed_set ORDER BY load_id
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS turn_before
    FROM turn_spans
)
SELECT domain, toUnixTimestamp(bucket) AS bucketStart, accountId, source, sum(requests) AS lines
FROM usage
INNER JOIN
(
    SELECT load_id, account_id AS accountId, source, backlog_before, late_before
    FROM judged_spans
    WHERE first_bucket > toDateTime(0, 'UTC')
      AND toInt64(toUnixTimestamp(first_bucket)) < late_before
      AND NOT (in_files AND turns_at_once >= 3 AND turn_before <= turn)
) AS late USING (load_id)
WHERE bucket >= toDateTime({from:Int64}, 'UTC')
  AND bucket < toDateTime({to:Int64}, 'UTC')
  AND domain IN {domains:Array(String)}
  AND /*visible*/
  AND toInt64(toUnixTimestamp(bucket)) < late_before
  AND toInt64(toUnixTimestamp(bucket)) >= backlog_before
GROUP BY domain, bucketStart, accountId, source
ORDER BY domain, bucketStart, accountId, source

-- Files of each day and domain: how many came, how many of them of sources without a stated number, how many late, and
-- their rejected lines. A file is of the day of the hour in its name, else of the middle of its requests; of each domain
-- that it has requests of, and of the one in its name. It is late if it came after the delay that is stated for its
-- source, counted from the end of its hour or day, and is of no backlog, as in late-lines.sql. Rejected lines of a file
-- with others' requests stay hidden, as they are those others' information.
SELECT day, domain, toInt64(uniqExact(account_id, source, file_name)) AS files,
    toInt64(uniqExactIf((account_id, source, file_name), NOT (by_hour OR by_day))) AS streamFiles,
    toInt64(uniqExactIf((account_id, source, file_name), is_late)) AS lateFiles,
    toInt64(sum(shown_rejected)) AS rejectedLines
FROM
(
    SELECT
        *,
        arrayJoin(arrayDistinct(arrayConcat(arrayMap(x -> toString(x), domains), [toString(file_domain)]))) AS domain,
        written > turn_end + delay AND turn_end + delay > first_written AND NOT (turns_at_once >= 3 AND turn_before <= turn_end) AS is_late
    FROM
    (
        SELECT
            *,
            uniqExact(turn_end) OVER (PARTITION BY account_id, source, file_domain, allowed_set ORDER BY written
                RANGE BETWEEN 600 PRECEDING AND 600 FOLLOWING) AS turns_at_once,
            max(turn_end) OVER (PARTITION BY account_id, source, file_domain, allowed_set ORDER BY load_id
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS turn_before
        FROM
        (
            SELECT
                load_id,
                account_id,
                source,
                file_name,
                file_domain,
                allowed_set,
                domains,
                toInt64(toUnixTimestamp(written_at)) AS written,
                toInt64(toUnixTimestamp(min(written_at) OVER (PARTITION BY account_id, source))) AS first_written,
                if(named_to > named_from, toInt64(toUnixTimestamp(named_from)), intDiv(toInt64(toUnixTimestamp(first_bucket)) + toInt64(toUnixTimestamp(last_bucket)), 2)) AS at,
                toInt64(arrayLastIndex(x -> x <= at, {dayStarts:Array(Int64)})) AS day,
                has({hourlySources:Array(String)}, /*source*/) AS by_hour,
                has({dailySources:Array(String)}, /*source*/) AS by_day,
                toInt64(transform(/*source*/, {sources:Array(String)}, {delays:Array(UInt32)}, {delayDefault:UInt32})) AS delay,
                multiIf(by_hour, intDiv(at, 3600) * 3600 + 3600, by_day, arrayFirst(x -> x > at, {dayStarts:Array(Int64)}), toInt64(4102444800)) AS turn_end,
                if({seesAll:UInt8} = 1 OR hasAll({domains:Array(String)}, domains), rejected_lines, 0) AS shown_rejected
            FROM load_span
            WHERE account_id IN {accountIds:Array(String)}
              AND (first_bucket > toDateTime(0, 'UTC') OR named_to > named_from)
              AND /*counting*/
        )
    )
)
WHERE domain IN {domains:Array(String)}
  AND account_id IN (transform(domain, {domains:Array(String)}, {owners:Array(String)}, ''), {firstAccount:String})
  AND at >= {from:Int64}
  AND at < {to:Int64}
  AND /*visible*/
GROUP BY day, domain

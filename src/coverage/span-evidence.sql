-- The reports of each source, in files of each domain and in files of any domain (file_domain ''): their start, the
-- time that they have passed, and the last touched bucket. A file's name gives its time, else its requests do, whose
-- last bucket may still grow. No report lies beyond the time at which it was written. A file of any domain reports on
-- each class that its key might deliver; class 0 is the file itself, whose lines count once.
WITH
timed_spans AS
(
    SELECT
        *,
        named_to > named_from AS is_named,
        named_to > named_from OR first_bucket > toDateTime(0, 'UTC') AS has_time
    FROM load_span
    WHERE account_id IN {accountIds:Array(String)}
      AND (file_domain = '' OR file_domain IN {domains:Array(String)})
      AND /*visible*/
),
reported_spans AS
(
    SELECT
        *,
        if(is_named, named_from, if(has_time, first_bucket, written_at)) AS span_from,
        if(is_named, named_to, if(has_time, last_bucket + 300, written_at + 1)) AS span_to,
        -- Rejected lines of a file that also has others' requests stay hidden: their number is those others'
        -- information.
        {countsRejected:UInt8} = 1
            AND ({seesAll:UInt8} = 1 OR (hasAll({domains:Array(String)}, domains) AND (file_domain != '' OR notEmpty(domains)))) AS is_theirs
    FROM timed_spans
),
reports AS
(
    SELECT
        account_id,
        source,
        file_domain,
        allowed_set,
        minIf(span_from, has_time) AS reported_from,
        maxIf(least(if(is_named, named_to, last_bucket), toStartOfFiveMinutes(written_at)), has_time) AS reported_to,
        maxIf(span_to, has_time) AS touched_to,
        countIf(has_time) AS told,
        sumIf(rejected_lines, span_from < toDateTime({to:Int64}, 'UTC') AND span_to > toDateTime({from:Int64}, 'UTC') AND is_theirs) AS rejected
    FROM reported_spans
    GROUP BY account_id, source, file_domain, allowed_set
)
SELECT
    account_id AS accountId,
    source,
    file_domain AS fileDomain,
    arrayJoin(arrayPushFront(if(file_domain = '', /*classes*/, []), toUInt32(0))) AS class,
    toUnixTimestamp(minIf(reported_from, told > 0)) AS reportedFrom,
    toUnixTimestamp(max(reported_to)) AS reportedTo,
    toUnixTimestamp(max(touched_to)) AS touchedTo,
    sum(told) AS files,
    sumIf(rejected, class = 0) AS rejectedLines
FROM reports
WHERE file_domain = '' OR /*may_deliver*/
GROUP BY account_id, source, file_domain, class
ORDER BY account_id, source, file_domain, class

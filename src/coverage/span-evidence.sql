-- What each source has reported, in files of each domain and in files of any (file_domain ''): from when, past which time,
-- and up to the last bucket that it has touched. A name tells a file's time; else its requests do, of which the last bucket
-- may go on. Nothing is reported past the moment at which it was written.
SELECT
    source,
    file_domain AS fileDomain,
    toUnixTimestamp(minIf(if(is_named, named_from, first_bucket), has_time)) AS reportedFrom,
    toUnixTimestamp(maxIf(least(if(is_named, named_to, last_bucket), toStartOfFiveMinutes(written_at)), has_time)) AS reportedTo,
    toUnixTimestamp(maxIf(if(is_named, named_to, last_bucket + 300), has_time)) AS touchedTo,
    countIf(has_time) AS files,
    sumIf(rejected_lines, overlaps AND is_theirs) AS rejectedLines
FROM
(
    SELECT
        *,
        named_to > named_from AS is_named,
        is_named OR first_bucket > toDateTime(0, 'UTC') AS has_time,
        if(is_named, named_from, if(has_time, first_bucket, written_at)) AS span_from,
        if(is_named, named_to, if(has_time, last_bucket + 300, written_at + 1)) AS span_to,
        span_from < toDateTime({to:Int64}, 'UTC') AND span_to > toDateTime({from:Int64}, 'UTC') AS overlaps,
        -- A file with requests of others too says how much of theirs was rejected, which is theirs to know.
        {seesAll:UInt8} = 1 OR (hasAll({domains:Array(String)}, domains) AND (file_domain != '' OR notEmpty(domains))) AS is_theirs
    FROM load_span
    WHERE (file_domain = '' OR file_domain IN {domains:Array(String)})
      AND /*visible*/
)
GROUP BY source, file_domain
ORDER BY source, file_domain

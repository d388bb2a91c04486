-- Files of each source in a window, with the turns that each is of: a subquery of the two statements beside this one.
--
-- A file is of the hours in its name, else, with the requests of little more than an hour, of the hour in their middle.
-- It is of the date in its name. Its requests touch the hours from the first to the last, if it is of two days at most.
-- Pushes share one name, and are of no turn. Hours and days are numbers since 1970.
WITH
timed_files AS
(
    SELECT
        *,
        toString(file_domain) AS hourly_domain,
        first_bucket > toDateTime(0, 'UTC') AS has_requests,
        named_to > named_from AS is_named,
        toInt64(toUnixTimestamp(if(is_named, named_from, first_bucket))) AS from_time,
        toInt64(toUnixTimestamp(if(is_named, named_to, last_bucket))) + if(is_named, 0, 300) AS to_time
    FROM (/*named_spans*/)
),
judged_files AS
(
    SELECT
        *,
        multiIf(hourly_domain != '', hourly_domain, has_requests, mentioned, host_in_name) AS daily_domain,
        intDiv(from_time + to_time, 2) AS middle,
        toInt64(toUnixTimestamp(written_at)) - to_time AS age,
        file_name != '(push)' AND (is_named OR (has_requests AND to_time - from_time <= 4500)) AS is_hourly,
        has_requests AND to_time - from_time <= 172800 AS touches_few
    FROM timed_files
)
SELECT
    *,
    if(is_named, intDiv(from_time + 3599, 3600), intDiv(middle, 3600)) AS hour_from,
    if(is_named, intDiv(to_time, 3600), hour_from + 1) AS hour_to,
    -- Anybody may choose a name: a date far from the file's requests is none.
    named_day > 0 AND has_requests AND abs(middle - named_day * 86400 - 43200) < 259200 AS is_dated
FROM
(
    SELECT *, max(to_time) OVER (PARTITION BY account_id, source) AS latest
    FROM judged_files
)
WHERE from_time >= latest - {spanSeconds:Int64}

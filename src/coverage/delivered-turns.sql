-- Number of files of each hour and each day of each source, and the hours that its requests touch, as (turn, files).
SELECT accountId, source, basis, fileDomain, arraySort(groupArray((turn, files))) AS turns
FROM
(
    SELECT account_id AS accountId, source, of.1 AS basis, of.2 AS fileDomain, of.3 AS turn, toInt64(uniqExact(file_name)) AS files
    FROM
    (
        SELECT
            account_id,
            source,
            file_name,
            arrayJoin(arrayConcat(
                if(is_hourly, arrayMap(x -> ('hour', hourly_domain, x), range(hour_from, hour_to)), []),
                if(is_dated, [('day', daily_domain, named_day)], []),
                if(touches_few, arrayMap(x -> ('touch', '', x), range(
                    intDiv(greatest(from_time, {from:Int64}), 3600),
                    intDiv(least(to_time, {to:Int64}) + 3599, 3600))), []))) AS of
        FROM (/*files*/)
    )
    WHERE fileDomain = '' OR {everyDomain:UInt8} = 1 OR fileDomain IN {domains:Array(String)}
    GROUP BY accountId, source, basis, fileDomain, turn
)
GROUP BY accountId, source, basis, fileDomain
ORDER BY accountId, source, basis, sum(files) DESC, fileDomain
LIMIT {seriesMax:UInt32} BY accountId, source, basis

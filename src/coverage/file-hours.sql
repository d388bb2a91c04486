-- Counts the files of each hour, from sources with hourly files; consecutive hours of equal counts form a run. A file's
-- name gives its hours. Without such a name, a file counts for the hour in the middle of its requests: a stray line of
-- the hour before must not count as that hour's file. Hours are numbers since 1970. A file in pieces, or delivered
-- again, has one name. Files of any domain are counted for each class of domains that their keys might deliver; files
-- of one domain are in class 0.
SELECT accountId, source, fileDomain, class, runs
FROM
(
    SELECT
        account_id AS accountId,
        source,
        file_domain AS fileDomain,
        class,
        arraySort(groupArray((hour, files))) AS hours,
        arrayFilter((x, before) -> x.1 != before.1 + 1 OR x.2 != before.2, hours, arrayPushFront(arrayPopBack(hours), (toInt64(-2), toInt64(0)))) AS starts,
        arrayFilter((x, after) -> after.1 != x.1 + 1 OR after.2 != x.2, hours, arrayPushBack(arrayPopFront(hours), (toInt64(-2), toInt64(0)))) AS ends,
        arrayMap((first, last) -> (first.1, last.1, first.2), starts, ends) AS runs
    FROM
    (
        SELECT account_id, source, file_domain, class, hour, toInt64(uniqExact(file_name)) AS files
        FROM
        (
            SELECT
                account_id,
                source,
                file_domain,
                file_name,
                arrayJoin(if(file_domain = '', /*classes*/, [toUInt32(0)])) AS class,
                named_to > named_from AS is_named,
                intDiv(intDiv(toInt64(toUnixTimestamp(first_bucket)) + toInt64(toUnixTimestamp(last_bucket)), 2), 3600) AS middle,
                if(is_named, intDiv(toInt64(toUnixTimestamp(named_from)) + 3599, 3600), middle) AS hour_from,
                if(is_named, intDiv(toInt64(toUnixTimestamp(named_to)), 3600), middle + 1) AS hour_to,
                arrayJoin(range(greatest(hour_from, {fromHour:Int64}), least(hour_to, {toHour:Int64}))) AS hour
            FROM load_span
            WHERE account_id IN {accountIds:Array(String)}
              AND /*source*/ IN {hourlySources:Array(String)}
              AND (file_domain = '' OR (file_domain IN {domains:Array(String)} AND /*may_deliver*/))
              AND /*visible*/
        )
        GROUP BY account_id, source, file_domain, class, hour
    )
    GROUP BY account_id, source, file_domain, class
)
ORDER BY accountId, source, fileDomain, class

-- Counts the files of each day, from sources with daily files; days are numbers since 1970, of each source's zone.
--
-- The date may stand anywhere in a name: 20260917, perhaps with a time behind it, or 2026-09-17 with the signs - _ . of
-- one kind between. Two different dates, or one that the calendar does not have, are none. Where most dated files of a
-- source have the requests of the day before, its names mean that day. A file is of the day of its name if its requests
-- touch that day, to an hour; else of the day in the middle of its requests.
--
-- A file is of the one domain that its lines have and its name mentions; without requests, of a host in its name. A file
-- is whole if it came after its day, or began more than an hour before it. A file in pieces, or delivered again, has one
-- name.
SELECT accountId, source, fileDomain, class, arraySort(groupArray((day, files, wholeFiles, firstTime, lastTime))) AS days,
    max(isDayAfter) AS namedDayAfter
FROM
(
    SELECT
        account_id AS accountId,
        source,
        file_domain AS fileDomain,
        class,
        day,
        toInt64(uniqExact(file_name)) AS files,
        toInt64(uniqExactIf(file_name, is_whole)) AS wholeFiles,
        minIf(first, has_requests) AS firstTime,
        maxIf(last, has_requests) AS lastTime,
        any(is_day_after) AS isDayAfter
    FROM
    (
        SELECT *, arrayJoin(if(file_domain = '', /*classes*/, [toUInt32(0)])) AS class
        FROM
        (
            SELECT
                account_id,
                source,
                file_name,
                allowed_set,
                multiIf(stored_domain != '', stored_domain, has_requests, mentioned, host_in_name) AS file_domain,
                has_requests,
                first,
                last,
                countIf(has_requests AND named_day > 0) OVER of_source AS dated,
                countIf(has_requests AND named_day > 0 AND line_day = named_day - 1) OVER of_source AS dated_day_after,
                toUInt8(dated_day_after * 2 > dated) AS is_day_after,
                if(named_day = 0, 0, named_day - is_day_after) AS meant_day,
                if(NOT has_requests OR (early_day <= meant_day AND meant_day <= late_day), meant_day, line_day) AS day,
                written_day > day OR (has_requests AND early_day < day) AS is_whole
            FROM
            (
                SELECT
                    *,
                    /*early_day*/ AS early_day,
                    /*late_day*/ AS late_day,
                    /*line_day*/ AS line_day,
                    /*written_day*/ AS written_day
                FROM
                (
                    SELECT
                        account_id,
                        source,
                        file_name,
                        allowed_set,
                        mentioned,
                        host_in_name,
                        named_day,
                        written_at,
                        toString(file_domain) AS stored_domain,
                        first_bucket > toDateTime(0, 'UTC') AS has_requests,
                        toInt64(toUnixTimestamp(first_bucket)) AS first,
                        toInt64(toUnixTimestamp(last_bucket)) + 300 AS last,
                        indexOf({dailySources:Array(String)}, /*source*/) AS place,
                        arrayElement({zoneFroms:Array(Array(Int64))}, place) AS zone_from,
                        arrayElement({zoneOffsets:Array(Array(Int64))}, place) AS zone_offset
                    FROM (/*named_spans*/)
                )
            )
            WINDOW of_source AS (PARTITION BY account_id, source)
        )
        WHERE day BETWEEN {fromDay:Int64} AND {toDay:Int64}
          AND (file_domain = '' OR (file_domain IN {domains:Array(String)} AND /*may_deliver*/))
    )
    GROUP BY account_id, source, file_domain, class, day
)
GROUP BY accountId, source, fileDomain, class
ORDER BY accountId, source, fileDomain, class

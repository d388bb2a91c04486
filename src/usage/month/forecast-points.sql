-- Points of each series in a whole month: those that are logged, and for the 5 minutes to come those of the same time on
-- the latest whole day of the same weekday. Times are unix s.
SELECT series, bucket, bytes
FROM (/*points*/)
WHERE bucket >= toDateTime({monthStart:Int64}, 'UTC')
UNION ALL
SELECT series, toDateTime(to_come, 'UTC') AS bucket, bytes
FROM
(
    SELECT series, bytes, target_start + second - model_start AS to_come
    FROM
    (
        SELECT series, bytes, toInt64(toUnixTimestamp(bucket)) AS second
        FROM (/*points*/)
        WHERE bucket >= toDateTime({modelFrom:Int64}, 'UTC') AND bucket < toDateTime({modelTo:Int64}, 'UTC')
    )
    ARRAY JOIN
        {targetStarts:Array(Int64)} AS target_start,
        {targetEnds:Array(Int64)} AS target_end,
        {modelStarts:Array(Int64)} AS model_start,
        {modelEnds:Array(Int64)} AS model_end
    WHERE second >= model_start AND second < model_end AND to_come >= {logsEnd:Int64} AND to_come < target_end
)

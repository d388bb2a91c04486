-- Facts about all files of each source: how many loads, with an hour or a date, where in a named day the middle of the
-- requests lies, and how long after its last request a file came; seconds.
SELECT
    account_id AS accountId,
    source,
    toInt64(count()) AS loads,
    toInt64(uniqExact(file_name)) AS names,
    toInt64(countIf(is_hourly)) AS hourly,
    toInt64(countIf(is_dated)) AS dated,
    toInt64(quantileExactIf(0.5)(middle - named_day * 86400, is_dated)) AS middleOfDay,
    toInt64(quantileExact(0.5)(age)) AS usualAge,
    toInt64(quantileExact(0.98)(age)) AS highAge
FROM (/*files*/)
GROUP BY account_id, source
ORDER BY account_id, source

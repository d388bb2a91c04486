-- The last load of each source since a time, the latest first, and the number of all such sources.
SELECT accountId, source, lastLoad, count() OVER () AS sources
FROM
(
    SELECT account_id AS accountId, source, toUnixTimestamp(max(written_at)) AS lastLoad
    FROM load_span
    WHERE written_at >= toDateTime({since:Int64}, 'UTC') AND /*counting*/
    GROUP BY account_id, source
)
ORDER BY lastLoad DESC, accountId, source
LIMIT {limit:UInt32}

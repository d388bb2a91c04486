-- Rejected lines of loads since a time, by account and reason, the most first.
SELECT accountId, reason, sum(lines) AS lines
FROM
(
    SELECT load_id, reason, lines
    FROM rejected
    WHERE load_id IN (SELECT load_id FROM load_span WHERE written_at >= toDateTime({since:Int64}, 'UTC') AND /*counting*/)
      AND NOT has({headerReasons:Array(String)}, reason)
) AS rejected
INNER JOIN
(
    SELECT DISTINCT load_id, account_id AS accountId
    FROM load_span
    WHERE written_at >= toDateTime({since:Int64}, 'UTC')
) AS spans USING (load_id)
GROUP BY accountId, reason
ORDER BY lines DESC, accountId, reason
LIMIT {limit:UInt32}

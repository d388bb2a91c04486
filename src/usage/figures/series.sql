-- Figures of each bucket and key with a request, by time and key; at most `limit` of them.
SELECT start, /*cells*/
FROM
(
    SELECT *, /*figures*/
    FROM
    (
        SELECT
            /*start*/ AS start,
            /*keys*/,
            true AS known,
            /*sums*/
        FROM (/*rows*/)
        GROUP BY start, /*key_names*/
    )
)
ORDER BY start, /*key_names*/
LIMIT {limit:UInt32}

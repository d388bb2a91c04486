-- The part of each load in a cell: the loads with the most first, at most `limit` of them, and sums over all of them.
-- A figure is empty where a load's log does not say it.
SELECT load_id AS loadId, part, lines, count() OVER () AS loads, sum(lines) OVER () AS allLines
FROM
(
    SELECT load_id, /*measure*/ AS part, /*lines*/ AS lines
    FROM
    (
        SELECT *, /*figures*/
        FROM
        (
            SELECT load_id, true AS known, /*sums*/
            FROM (/*rows*/)
            WHERE /*cell*/
            GROUP BY load_id
        )
    )
    WHERE lines > 0 OR part IS NULL
)
ORDER BY part DESC NULLS LAST, load_id
LIMIT {limit:UInt32}

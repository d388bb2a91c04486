-- Ranges of buckets of a domain that are not final, as they are known to the program.
SELECT /*cells*/
FROM
(
    SELECT
        row.1 AS account,
        row.2 AS domain,
        row.3 AS state,
        toDateTime(row.4, 'UTC') AS first_time,
        toDateTime(row.5, 'UTC') AS end_time,
        intDiv(row.5 - row.4, 300) AS buckets,
        position
    FROM
    (
        SELECT
            arrayZip({accounts:Array(String)}, {names:Array(String)}, {states:Array(String)},
                {starts:Array(Int64)}, {ends:Array(Int64)}) AS rows
    )
    ARRAY JOIN rows AS row, arrayEnumerate(rows) AS position
)
ORDER BY position

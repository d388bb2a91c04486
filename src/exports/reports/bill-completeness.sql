-- The buckets of each domain and day by their states, as they are known to the program.
SELECT /*cells*/
FROM
(
    SELECT row.1 AS account, row.2 AS domain, row.3 AS day, row.4 AS counts, position
    FROM
    (
        SELECT arrayZip({accounts:Array(String)}, {names:Array(String)}, {days:Array(String)}, {counts:Array(Array(UInt64))}) AS rows
    )
    ARRAY JOIN rows AS row, arrayEnumerate(rows) AS position
)
ORDER BY position

-- Run only when a log has lines that do not count, in one thread, so that the row number is the line number.
INSERT INTO rejected (load_id, reason, lines, samples)
SELECT
    {loadId:UInt64},
    reason,
    count(),
    groupArray(100)((line_number, substring(toValidUTF8(substring(line, 1, 1000)), 1, 1000)))
FROM
(
    SELECT reason, line, rowNumberInAllBlocks() + 1 + {linesBefore:UInt64} AS line_number
    FROM (/*checked_lines*/)
)
WHERE reason != ''
GROUP BY reason

-- Run only when logs have lines that do not count, in one thread, so that lines come in order.
INSERT INTO rejected (load_id, reason, lines, samples)
SELECT
    load_id,
    reason,
    count(),
    groupArray(100)((line_number + {linesBefore:UInt64}, substring(toValidUTF8(substring(line, 1, 1000)), 1, 1000)))
FROM (/*checked_lines*/)
WHERE reason != ''
GROUP BY load_id, reason

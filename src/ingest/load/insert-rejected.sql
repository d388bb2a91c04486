-- Runs only when logs have rejected lines, in one thread, so that lines come in order.
INSERT INTO rejected (load_id, reason, lines, samples)
SELECT
    load_id,
    reason,
    count(),
    /*samples*/
FROM (/*checked_lines*/)
WHERE reason != ''
GROUP BY load_id, reason

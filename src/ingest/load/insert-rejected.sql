-- Runs only when logs have rejected lines, in one thread, so that lines come in order.
INSERT INTO rejected (load_id, reason, lines, bytes, samples)
SELECT
    load_id,
    reason,
    count(),
    sum(length(logged_line) + 1),
    /*samples*/
FROM (/*checked_lines*/)
WHERE reason != ''
GROUP BY load_id, reason

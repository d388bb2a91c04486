SELECT * FROM (/*checked_lines*/) WHERE reason = ''

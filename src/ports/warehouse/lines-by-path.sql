SELECT line, toUInt64(assumeNotNull(_row_number)) + 1 AS line_number/*log_name*/
FROM file({logPath:String}, 'LineAsString', 'line String', {logCompression:String})

-- Lines as their format reads them: without their wrapping (formats/wrapping/), and without a byte order mark, which any
-- line of joined files may begin with. `logged_line` is the whole line.
SELECT
    if(startsWith(within, '\xEF\xBB\xBF'), substring(within, 4), within) AS line,
    logged_line,
    load_id,
    line_number
FROM
(
    SELECT /*within*/ AS within, line AS logged_line, /*load_id*/ AS load_id, line_number
    FROM /*lines*/
)

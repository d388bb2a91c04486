-- Rows of load_span with the host of the load's requests that each file's name mentions, the longest first. Host and date in the
-- name are columns. Each step names what the next one uses: the engine copies an alias to each place that names it.
SELECT
    *,
    arraySort(x -> -length(x), arrayFilter(x -> match(name, concat('(^|[^a-z0-9.])', replaceAll(x, '.', '[.]'), '($|[^a-z0-9])')), found_in_name))[1] AS mentioned
FROM
(
    SELECT *, lower(file_name) AS name, arrayFilter(x -> position(name, x) > 0, arrayMap(x -> toString(x), domains)) AS found_in_name
    FROM (/*spans*/)
)

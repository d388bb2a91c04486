-- Rows of load_span with the hosts that each file's name mentions, and the date in the name. Each step names what the
-- next one uses: the engine copies an alias to each place that names it, and took 2 s to plan one SELECT of all.
WITH
split_spans AS
(
    SELECT
        *,
        lower(file_name) AS name,
        arrayFilter(x -> position(name, x) > 0, arrayMap(x -> toString(x), domains)) AS found_in_name,
        replaceRegexpAll(name, '20[0-9]{2}[-_.]?[0-9]{2}[-_.]?[0-9]{2}', '/') AS undated_name,
        extractAll(name, '[0-9]+') AS numbers,
        splitByRegexp('[0-9]+', name) AS between
    FROM (/*spans*/)
),
read_spans AS
(
    SELECT
        *,
        arraySort(x -> -length(x), arrayFilter(x -> match(name, concat('(^|[^a-z0-9.])', replaceAll(x, '.', '[.]'), '($|[^a-z0-9])')), found_in_name))[1] AS mentioned,
        extract(replaceRegexpAll(undated_name, '([.](log|txt|json|csv|gz|zst|bz2|xz))+([^a-z0-9]|$)', '/\\3'), '((?:[a-z0-9-]+[.])+[a-z]{2,})(?:[^a-z0-9]|$)') AS host_in_name,
        arrayMap((number, i) -> multiIf(
            length(number) IN (8, 10, 12, 14), substring(number, 1, 8),
            length(number) = 4 AND length(numbers[i + 1]) = 2 AND length(numbers[i + 2]) = 2
                AND between[i + 1] IN ('-', '_', '.') AND between[i + 2] = between[i + 1],
            concat(number, numbers[i + 1], numbers[i + 2]),
            ''), numbers, arrayEnumerate(numbers)) AS written_dates
    FROM split_spans
),
dated_spans AS
(
    SELECT
        *,
        arrayMap(x -> toDateOrNull(concat(substring(x, 1, 4), '-', substring(x, 5, 2), '-', substring(x, 7, 2))), written_dates) AS read_dates,
        arrayDistinct(arrayFilter((x, date) -> startsWith(x, '20') AND replaceAll(ifNull(toString(date), ''), '-', '') = x, written_dates, read_dates)) AS dates
    FROM read_spans
)
SELECT
    *,
    if(length(dates) = 1, toInt64(toDate(concat(substring(dates[1], 1, 4), '-', substring(dates[1], 5, 2), '-', substring(dates[1], 7, 2)))), 0) AS named_day
FROM dated_spans

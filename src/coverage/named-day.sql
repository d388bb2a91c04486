-- Columns of a row of load_span: the hosts that its file's name mentions, and the date in the name.
lower(file_name) AS name,
arrayFilter(x -> position(name, x) > 0, arrayMap(x -> toString(x), domains)) AS found_in_name,
arrayFilter(x -> match(name, concat('(^|[^a-z0-9.])', replaceAll(x, '.', '[.]'), '($|[^a-z0-9])')), found_in_name) AS hosts_in_name,
arraySort(x -> -length(x), hosts_in_name)[1] AS mentioned,
replaceRegexpAll(name, '20[0-9]{2}[-_.]?[0-9]{2}[-_.]?[0-9]{2}', '/') AS undated_name,
extract(replaceRegexpAll(undated_name, '([.](log|txt|json|csv|gz|zst|bz2|xz))+([^a-z0-9]|$)', '/\\3'), '((?:[a-z0-9-]+[.])+[a-z]{2,})(?:[^a-z0-9]|$)') AS host_in_name,
extractAll(name, '[0-9]+') AS numbers,
splitByRegexp('[0-9]+', name) AS between,
arrayMap((number, i) -> multiIf(
    length(number) IN (8, 10, 12, 14), substring(number, 1, 8),
    length(number) = 4 AND length(numbers[i + 1]) = 2 AND length(numbers[i + 2]) = 2
        AND between[i + 1] IN ('-', '_', '.') AND between[i + 2] = between[i + 1],
    concat(number, numbers[i + 1], numbers[i + 2]),
    ''), numbers, arrayEnumerate(numbers)) AS written_dates,
arrayMap(x -> toDateOrNull(concat(substring(x, 1, 4), '-', substring(x, 5, 2), '-', substring(x, 7, 2))), written_dates) AS read_dates,
arrayDistinct(arrayFilter((x, date) -> startsWith(x, '20') AND replaceAll(ifNull(toString(date), ''), '-', '') = x, written_dates, read_dates)) AS dates,
if(length(dates) = 1, toInt64(toDate(concat(substring(dates[1], 1, 4), '-', substring(dates[1], 5, 2), '-', substring(dates[1], 7, 2)))), 0) AS named_day

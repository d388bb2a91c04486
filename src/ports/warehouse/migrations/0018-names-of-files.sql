-- The first host in a file's name, and the date in it when there is exactly one, as a number since 1970; 0: none. Reading names in
-- each answer took most of planning it (docs/adr/0062-names-of-files.md). Older rows are read so until they are merged.
-- A lambda binds an expression that is used more than once: the engine would copy it to each place.
ALTER TABLE load_span ADD COLUMN IF NOT EXISTS host_in_name String DEFAULT
    extract(
        replaceRegexpAll(
            replaceRegexpAll(lower(file_name), '20[0-9]{2}[-_.]?[0-9]{2}[-_.]?[0-9]{2}', '/'),
            '([.](log|txt|json|csv|gz|zst|bz2|xz))+([^a-z0-9]|$)', '/\\3'),
        '((?:[a-z0-9-]+[.])+[a-z]{2,})(?:[^a-z0-9]|$)');

ALTER TABLE load_span ADD COLUMN IF NOT EXISTS named_day Int64 DEFAULT
    arrayMap(
        dates -> if(length(dates) = 1, toInt64(toDate(concat(substring(dates[1], 1, 4), '-', substring(dates[1], 5, 2), '-', substring(dates[1], 7, 2)))), 0),
        [arrayMap(
            written -> arrayDistinct(arrayFilter(
                (x, date) -> startsWith(x, '20') AND replaceAll(ifNull(toString(date), ''), '-', '') = x,
                written,
                arrayMap(x -> toDateOrNull(concat(substring(x, 1, 4), '-', substring(x, 5, 2), '-', substring(x, 7, 2))), written))),
            [arrayMap(
                (numbers, between) -> arrayMap(
                    (number, i) -> multiIf(
                        length(number) IN (8, 10, 12, 14), substring(number, 1, 8),
                        length(number) = 4 AND length(numbers[i + 1]) = 2 AND length(numbers[i + 2]) = 2
                            AND between[i + 1] IN ('-', '_', '.') AND between[i + 2] = between[i + 1],
                        concat(number, numbers[i + 1], numbers[i + 2]),
                        ''),
                    numbers, arrayEnumerate(numbers)),
                [extractAll(lower(file_name), '[0-9]+')],
                [splitByRegexp('[0-9]+', lower(file_name))])[1]])[1]])[1]

-- A query with the parameters that are kept, in their order. A parameter ends at & or ;, which some servers take for &; a
-- fragment is no parameter. Each ; is written &; while it is taken apart, and begins the parameter after it.
replaceAll(
    replaceRegexpOne(
        arrayStringConcat(
            arrayFilter(
                parameter -> /*is_kept*/,
                splitByChar('&', replaceAll(substringIndex(/*text*/, '#', 1), ';', '&;'))),
            '&'),
        '^;', ''),
    '&;', ';')

-- A query with only its kept parameters, in their order. A parameter ends at & or at ;, which some servers treat like
-- &. A fragment is no parameter. While the query is split, each ; is written &; and so begins the following parameter.
replaceAll(
    replaceRegexpOne(
        arrayStringConcat(
            arrayFilter(
                parameter -> /*is_kept*/,
                splitByChar('&', replaceAll(substringIndex(/*text*/, '#', 1), ';', '&;'))),
            '&'),
        '^;', ''),
    '&;', ';')

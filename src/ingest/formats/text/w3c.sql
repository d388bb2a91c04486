-- W3C extended log, such as IIS writes it: fields between blanks or tabs, in the order of the header line #Fields that
-- stands above. IIS writes a client's blanks as +. Other servers put quotes around strings, and double those inside.
SELECT
    line,
    length(fields) = layout_size AND layout_size > 0 AND position(/*method*/, '.') = 0 AS well_formed,
    parseDateTimeOrNull(extract(toLowCardinality(concat(/*date*/, ' ', /*time*/)), '^(\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d)(?:\\.\\d+)?$'), '%Y-%m-%d %H:%i:%s', 'UTC') AS time,
    toLowCardinality(/*host*/) AS host,
    -- Behind a proxy the client's address is the proxy's: the list of both has the first public one.
    if(/*forwarded*/ IN ('', '-'), /*client*/, concat(/*client*/, ',', replaceAll(/*forwarded*/, '+', ''))) AS client_ip,
    concat(/*stem*/, if(/*query*/ IN ('', '-'), '', concat('?', /*query*/))) AS target,
    /*referrer*/ AS referrer,
    if(is_plain, replaceAll(/*agent*/, '+', ' '), /*agent*/) AS user_agent,
    /*method*/ AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(/*status*/, '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(/*bytes*/, '+', 'x')) AS bytes,
    toInt8(-1) AS cache,
    -- Whole numbers are milliseconds, as IIS writes them; the standard's seconds have a fraction.
    toUInt32(least(greatest(toFloat64OrZero(/*taken*/), 0) * if(position(/*taken*/, '.') > 0, 1000, 1), 4294967295)) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        if(length({headerLayouts:Array(UInt16)}) = 1, {headerLayouts:Array(UInt16)}[1],
            transform(roundDown(toUInt64(line_number + {linesBefore:UInt64}), {headerLines:Array(UInt64)}),
                {headerLines:Array(UInt64)}, {headerLayouts:Array(UInt16)}, toUInt16(0))) AS layout,
        {layoutSizes:Array(UInt32)}[layout] AS layout_size,
        {layoutPlaces:Array(Array(UInt32))}[layout] AS places,
        if(position(line, '\t') > 0, splitByChar('\t', trimRight(line, '\r')), splitByWhitespace(line)) AS words,
        -- A quote means nothing where no blank stands in a string: the words are the fields.
        position(line, '"') = 0 OR {quotes:UInt8} = 0 AND length(words) = layout_size AS is_plain,
        if(is_plain, words, arrayMap(
            word -> if(startsWith(word, '"'), replaceAll(substring(word, 2, length(word) - 2), '""', '"'), word),
            extractAll(line, '"(?:[^"]|"")*"|[^\\s"]\\S*'))) AS fields
    FROM /*lines*/
)

-- CloudFront's standard log: fields between tabs, in the order of the header line #Fields that stands above. Values are
-- percent-encoded once more than in the request.
SELECT
    line,
    length(fields) = layout_size AND layout_size > 0 AND position(/*method*/, '.') = 0 AND position(/*result*/, '.') = 0 AS well_formed,
    parseDateTimeOrNull(toLowCardinality(concat(/*date*/, ' ', /*time*/)), '%Y-%m-%d %H:%i:%s', 'UTC') AS time,
    -- The host that the viewer requested; the distribution's own name only where that host is not logged.
    toLowCardinality(if(/*requested-host*/ IN ('', '-'), /*own-host*/, /*requested-host*/)) AS host,
    /*c-ip*/ AS client_ip,
    /*query*/ AS asked_query,
    concat(decodeURLComponent(/*stem*/), if(asked_query IN ('', '-'), '', concat('?', decodeURLComponent(asked_query)))) AS target,
    decodeURLComponent(/*referrer*/) AS referrer,
    decodeURLComponent(/*agent*/) AS user_agent,
    /*method*/ AS method,
    -- 000: the viewer left before an answer.
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(/*status*/, '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(/*bytes*/, '+', 'x')) AS bytes,
    toInt8(multiIf(/*result*/ IN ('', '-'), -1, /*result*/ IN ('Hit', 'RefreshHit', 'OriginShieldHit'), 1, 0)) AS cache,
    toUInt32(least(greatest(toFloat64OrZero(/*taken*/), 0) * 1000, 4294967295)) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        splitByChar('\t', trimRight(line, '\r')) AS fields,
        if(length({headerLayouts:Array(UInt16)}) = 1, {headerLayouts:Array(UInt16)}[1],
            transform(roundDown(toUInt64(line_number + {linesBefore:UInt64}), {headerLines:Array(UInt64)}),
                {headerLines:Array(UInt64)}, {headerLayouts:Array(UInt16)}, toUInt16(0))) AS layout,
        {layoutSizes:Array(UInt32)}[layout] AS layout_size,
        {layoutPlaces:Array(Array(UInt32))}[layout] AS places
    FROM /*lines*/
)

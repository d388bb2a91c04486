-- CloudFront's standard log: fields between tabs, in the order of the header line #Fields. Values are percent-encoded
-- once more than in the request.
SELECT
    line,
    length(fields) = /*field_count*/ AS well_formed,
    parseDateTimeOrNull(toLowCardinality(concat(/*date*/, ' ', /*time*/)), '%Y-%m-%d %H:%i:%s', 'UTC') AS time,
    -- The host that the viewer requested; the distribution's own name only where that host is not logged.
    toLowCardinality(if(/*x-host-header*/ IN ('', '-'), /*cs(Host)*/, /*x-host-header*/)) AS host,
    /*c-ip*/ AS client_ip,
    /*cs-uri-query*/ AS asked_query,
    concat(decodeURLComponent(/*cs-uri-stem*/), if(asked_query IN ('', '-'), '', concat('?', decodeURLComponent(asked_query)))) AS target,
    decodeURLComponent(/*cs(Referer)*/) AS referrer,
    decodeURLComponent(/*cs(User-Agent)*/) AS user_agent,
    /*cs-method*/ AS method,
    -- 000: the viewer left before an answer.
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(/*sc-status*/, '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(/*sc-bytes*/, '+', 'x')) AS bytes,
    toInt8(multiIf(/*x-edge-result-type*/ IN ('', '-'), -1, /*x-edge-result-type*/ IN ('Hit', 'RefreshHit', 'OriginShieldHit'), 1, 0)) AS cache,
    toUInt32(least(greatest(toFloat64OrZero(/*time-taken*/), 0) * 1000, 4294967295)) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT line, splitByChar('\t', trimRight(line, '\r')) AS fields
    FROM /*lines*/
)

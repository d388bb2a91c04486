-- A line whose fields `f` are read in one pass, as text whatever their type is; what becomes of them stands in the format's
-- module. A line that has not the fields counts as one whose fields are not there.
SELECT
    line,
    /*is_line*/ AND /*counts*/ AS well_formed,
    /*time*/ AS time,
    toLowCardinality(/*host*/) AS host,
    /*client_ip*/ AS client_ip,
    /*target*/ AS target,
    /*referrer*/ AS referrer,
    /*user_agent*/ AS user_agent,
    /*method*/ AS method,
    -- Digits alone: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(/*status*/, '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(/*bytes*/, '+', 'x')) AS bytes,
    toInt8(/*cache*/) AS cache,
    /*duration_ms*/ AS duration_ms,
    toLowCardinality(/*country*/) AS country,
    toLowCardinality(/*province*/) AS province,
    toLowCardinality(/*carrier*/) AS carrier
FROM
(
    SELECT line, /*fields*/ AS f
    FROM /*lines*/
)

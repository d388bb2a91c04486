-- Reads a line's fields `f` in one pass, as text of any type; the format's module has the SQL of each column. A line
-- without the fields is not well formed.
SELECT
    line,
    /*is_line*/ AS well_formed,
    /*time*/ AS time,
    toLowCardinality(/*host*/) AS host,
    /*client_ip*/ AS client_ip,
    /*target*/ AS target,
    /*referrer*/ AS referrer,
    /*user_agent*/ AS user_agent,
    /*method*/ AS method,
    -- Only digits: the engine would read +7 as 7.
    toUInt16OrNull(replaceOne(/*status*/, '+', 'x')) AS status,
    toUInt64OrNull(replaceOne(/*bytes*/, '+', 'x')) AS bytes,
    toInt8(/*cache*/) AS cache,
    /*duration_ms*/ AS duration_ms,
    toLowCardinality(/*country*/) AS country,
    toLowCardinality(/*province*/) AS province,
    toLowCardinality(/*carrier*/) AS carrier,
    /*asked_by*/ AS asked_by
FROM
(
    SELECT line, /*fields*/ AS f
    FROM /*lines*/
)

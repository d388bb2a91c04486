-- One JSON object a line. The fields that matter are read in one pass, as text whatever their type is; what becomes of them
-- stands in the format's module. A line that is no such object has no time, and counts as one whose fields are not there.
SELECT
    line,
    f.1 != '' AND startsWith(trimLeft(line), '{') AND /*counts*/ AS well_formed,
    /*time*/ AS time,
    toLowCardinality(/*host*/) AS host,
    /*client_ip*/ AS client_ip,
    /*target*/ AS target,
    /*referrer*/ AS referrer,
    /*user_agent*/ AS user_agent,
    /*method*/ AS method,
    toUInt16OrNull(/*status*/) AS status,
    toUInt64OrNull(/*bytes*/) AS bytes,
    toInt8(/*cache*/) AS cache,
    /*duration_ms*/ AS duration_ms,
    toLowCardinality(/*country*/) AS country,
    toLowCardinality(/*province*/) AS province,
    toLowCardinality(/*carrier*/) AS carrier
FROM
(
    SELECT line, JSONExtract(line, '/*fields*/') AS f
    FROM /*lines*/
)

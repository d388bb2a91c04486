-- Access log of an AWS load balancer; the application one's lines begin with the kind of connection, and have more behind:
--   [type ]time balancer client:port target:port s s s status target-status received sent "METHOD url PROTOCOL" "user agent" cipher protocol …
-- All figures and the URL's host stand before anything that a client could have put a quote into.
SELECT
    line,
    -- Two lines that were joined have two such places.
    length(words) = 12 AND position(parts[2], '://') > 0 AND length(names) = 1
        AND countMatches(line, ' (?:\\d+|-) (?:\\d+|-) \\d+ \\d+ "') <= 1 AS well_formed,
    parseDateTime64BestEffortOrNull(extract(toLowCardinality(substring(words[1], 1, 19)), '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d$') || if(match(words[1], '^.{19}(?:\\.\\d+)?Z?$'), 'Z', '-'), 0, 'UTC') AS time,
    lower(extract(parts[2], '://(\\[[^\\]]*\\]|[^/?#: ]*)[/?#:]')) AS url_host,
    -- The name that the client gave for the balancer to choose a certificate: - if it has none for it.
    lower(if(names[1][1] = '-', '', names[1][1])) AS server_name,
    -- Browsers use one connection for the hosts of a certificate, so a host beside that name is believed: not beside a name
    -- of three labels, whose parent could be a registry's, as co.uk is.
    extract(url_host, '^[^.]+\\.(.*)$') AS url_parent,
    extract(server_name, '^[^.]+\\.(.*)$') AS name_parent,
    toLowCardinality(multiIf(
        server_name = '', if({defaultDomain:String} = '', url_host, ''),
        url_parent = server_name OR name_parent = url_host OR url_parent = name_parent AND countSubstrings(url_parent, '.') > 1, url_host,
        server_name)) AS host,
    words[3] AS client_ip,
    -- METHOD target PROTOCOL; otherwise the balancer could not read the request, and it counts with neither.
    splitByChar(' ', parts[2]) AS request,
    length(request) >= 3 AND request[1] != '-' AND startsWith(request[-1], 'HTTP/') AS has_target,
    if(has_target, substring(parts[2], length(request[1]) + 2, length(parts[2]) - length(request[1]) - length(request[-1]) - 2), '') AS target,
    '' AS referrer,
    if(parts[3] = ' ', parts[4], '') AS user_agent,
    if(has_target, request[1], '') AS method,
    -- -: the client left before an answer. Only digits: the engine would read +7 as 7.
    if(words[8] = '-', 0, toUInt16OrNull(replaceOne(words[8], '+', 'x'))) AS status,
    toUInt64OrNull(replaceOne(words[11], '+', 'x')) AS bytes,
    toInt8(-1) AS cache,
    -- Each is -1 where the balancer did not come so far.
    toUInt32(least(arraySum(part -> greatest(toFloat64OrZero(part), 0), arraySlice(words, 5, 3)) * 1000, 4294967295)) AS duration_ms,
    '' AS country,
    '' AS province,
    '' AS carrier
FROM
(
    SELECT
        line,
        splitByChar('"', line) AS parts,
        -- [time, balancer, client, target, s, s, s, status, target status, received, sent, '']
        /*words*/ AS words,
        /*names*/ AS names
    FROM /*lines*/
)

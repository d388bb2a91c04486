-- Every line of a log with the columns of `request` and the reason of its rejection, empty if it counts. The inner
-- query is a log format (formats/line/log-format.ts). Of several reasons a line has the first. The reasons stand in
-- formats/line/rejection-reasons.ts.
WITH
projected_lines AS
(
    SELECT
        line,
        logged_line,
        load_id,
        line_number,
        well_formed,
        time AS raw_time,
        coalesce(time, toDateTime(0, 'UTC')) AS parsed_time,
        -- www.Example.com.:8080 is www.example.com. Functions of a LowCardinality column run once a distinct value.
        lower(replaceRegexpOne(if(host = '-', '', host), '\\.?(:[^:\\[\\]]*)?$', '')) AS named,
        client_ip AS client_text,
        target AS raw_target,
        referrer AS raw_referrer,
        user_agent AS raw_user_agent,
        method AS raw_method,
        status AS raw_status,
        bytes AS raw_bytes,
        cache AS raw_cache,
        duration_ms AS raw_duration_ms,
        country AS logged_country,
        province AS logged_province,
        carrier AS logged_carrier,
        /*asked_by*/ AS asker
    FROM (/*projection*/)
),
addressed_lines AS
(
    SELECT
        *,
        if(named = '', {defaultDomain:String}, named) AS domain,
        /*client_address*/ AS client_ip,
        -- A proxy logs an absolute URL instead of the path. OPTIONS * and CONNECT host:port have no path; - means none.
        multiIf(startsWith(raw_target, '/'), raw_target,
            raw_target IN ('-', '*', '') OR raw_method = 'CONNECT', '',
            match(raw_target, '^[A-Za-z][A-Za-z0-9+.-]*://'), replaceRegexpOne(raw_target, '^[A-Za-z][A-Za-z0-9+.-]*://[^/?]*/?', '/'),
            concat('/', raw_target)) AS target
    FROM projected_lines
)
SELECT
    line,
    logged_line,
    load_id,
    line_number,
    assumeNotNull(parsed_time) AS time,
    domain,
    client_ip,
    target,
    position(target, '?') AS query_at,
    if(query_at = 0, target, substring(target, 1, query_at - 1)) AS path,
    if(query_at = 0, '', substring(target, query_at + 1)) AS query,
    if(raw_referrer = '-', '', raw_referrer) AS referrer,
    if(raw_user_agent = '-', '', raw_user_agent) AS user_agent,
    raw_method AS method,
    assumeNotNull(raw_status) AS status,
    assumeNotNull(raw_bytes) AS bytes,
    raw_cache AS cache,
    raw_duration_ms AS duration_ms,
    logged_country,
    logged_province,
    logged_carrier,
    multiIf(
        line IN ('', '\r'), 'blank',
        position(line, '\0') > 0, 'nul_bytes',
        length(line) > {lineBytesMax:UInt32} AND (/*is_joined*/), 'lines_joined',
        length(line) > {lineBytesMax:UInt32}, 'line_too_long',
        -- A directive of the W3C's form, perhaps behind a byte order mark.
        startsWith(replaceOne(substring(line, 1, 4), '\xEF\xBB\xBF', ''), '#') AND match(line, '^\\x{FEFF}?#(Version|Fields|Software|Date|Start-Date|End-Date|Remark):')
        -- Or the first line, when it names four columns or more: a request has a time, which is no name.
        OR NOT well_formed AND /*is_first*/ AND match(line, '^\\x{FEFF}?"?[A-Za-z_][A-Za-z0-9_ ().-]*"?([,;|\\t] ?"?[A-Za-z_][A-Za-z0-9_ ().-]*"?){3,}\\r?$'), 'header',
        notEmpty({pieceLines:Array(UInt64)}) AND has({pieceLines:Array(UInt64)}, line_number + {linesBefore:UInt64}), 'piece_of_line',
        -- Outside of quotes it ends a line; within them a client may have sent it.
        position(line, '\r') > 0 AND position(arrayStringConcat(arrayFilter((part, at) -> at % 2 = 1,
            splitByChar('"', trimRight(line, '\r')) AS quoted_parts, arrayEnumerate(quoted_parts))), '\r') > 0, 'carriage_return',
        NOT well_formed AND (/*is_message*/), 'server_message',
        NOT well_formed, 'fields',
        asker != '' AND NOT has({countAlso:Array(String)}, asker), 'not_a_visitor',
        raw_time IS NULL, 'bad_time',
        parsed_time < toDateTime({timeMin:UInt32}, 'UTC'), 'time_too_old',
        parsed_time > toDateTime({timeMax:UInt32}, 'UTC'), 'time_in_future',
        parsed_time < toDateTime({firstKept:UInt32}, 'UTC'), 'before_retention',
        -- HTTP's have three digits; 0 means that no answer was sent. A size in their place has more.
        raw_status IS NULL OR raw_status != 0 AND (raw_status < 100 OR raw_status > 999), 'bad_status',
        raw_bytes IS NULL OR raw_bytes > {bytesMax:UInt64}, 'bad_bytes',
        domain = '', 'no_domain',
        NOT match(domain, '^[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?$') OR position(domain, '..') > 0
        -- Words of other fields, when a line has lost one.
        OR domain IN ('get', 'head', 'post', 'hit', 'miss', 'null')
        -- No top-level domain is a number; and an address beside a client that has none is the client's.
        OR match(domain, '(?:^|\\.)[0-9]+$') AND (NOT isIPv4String(domain) OR client_ip = toIPv6('::') AND client_text NOT IN ('', '-')), 'bad_domain',
        notEmpty({allowedDomains:Array(String)}) AND NOT has({allowedDomains:Array(String)}, domain), 'domain_not_allowed',
        '') AS reason
FROM addressed_lines

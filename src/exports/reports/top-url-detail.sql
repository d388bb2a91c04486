-- The URLs with the highest flux or most requests, of each domain or of all together, exactly: every URL is counted.
-- Ties go by URL. Shares are of all requests in the range, whether listed or not.
SELECT
    row_number() OVER (PARTITION BY rank_domain ORDER BY value DESC, url) AS rank,
    domain,
    -- A host name begins with a letter, a digit or _, so no spreadsheet takes a URL for a formula.
    toValidUTF8(url) AS url_cell,
    flux,
    requests,
    -- Percent with four decimals, rounded half up, in integers: no binary fraction on the way.
    toDecimal128(if(total = 0, 0, intDiv(toUInt256(value) * 2000000 + total, greatest(toUInt256(total), 1) * 2)), 4) / 10000 AS share
FROM
(
    SELECT
        domain,
        /*rank_domain*/ AS rank_domain,
        concat(domain, path, if(query = '', '', concat('?', query))) AS url,
        sum(bytes) AS flux,
        count() AS requests,
        /*value*/ AS value
    FROM request
    WHERE time >= toDateTime({from:Int64}, 'UTC')
      AND time < toDateTime({to:Int64}, 'UTC')
      AND toStartOfHour(time) >= toStartOfHour(toDateTime({from:Int64}, 'UTC'))
      AND toStartOfHour(time) <= toStartOfHour(toDateTime({to:Int64}, 'UTC'))
      AND domain IN {domains:Array(String)}
      AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
      AND /*visible*/
    GROUP BY domain, path, query
    ORDER BY value DESC, url
    LIMIT {limit:UInt32} BY rank_domain
) AS top
INNER JOIN
(
    SELECT /*rank_domain*/ AS total_domain, /*total*/ AS total
    FROM usage
    WHERE bucket >= toDateTime({from:Int64}, 'UTC')
      AND bucket < toDateTime({to:Int64}, 'UTC')
      AND domain IN {domains:Array(String)}
      AND ({serviceArea:String} = 'global' OR service_area = {serviceArea:String})
      AND /*visible*/
    GROUP BY total_domain
) AS totals ON totals.total_domain = top.rank_domain
ORDER BY rank_domain, rank

-- The items with the highest flux or most requests, of each domain or of all together, exactly: every item is counted.
-- Ties are sorted by item. Shares are of the whole range, whether listed or not.
SELECT /*cells*/
FROM
(
    SELECT
        row_number() OVER (PARTITION BY rank_domain ORDER BY value DESC, item) AS rank,
        rank_domain,
        domain,
        item,
        flux,
        requests,
        value,
        total,
        -- Percent with four decimals, rounded half up, in integers, without binary fractions.
        toDecimal128(if(total = 0, 0, intDiv(toUInt256(value) * 2000000 + total, greatest(toUInt256(total), 1) * 2)), 4) / 10000 AS share
    FROM
    (
        SELECT
            /*row_domain*/ AS domain,
            /*rank_domain*/ AS rank_domain,
            /*item*/ AS item,
            accurateCast(sum(toUInt128(item_flux)), 'UInt64') AS flux,
            sum(item_requests) AS requests,
            /*value*/ AS value
        FROM (/*items*/)
        GROUP BY /*keys*/
        ORDER BY value DESC, item
        LIMIT {limit:UInt32} BY rank_domain
    ) AS top
    INNER JOIN
    (
        SELECT /*rank_domain*/ AS total_domain, /*total*/ AS total
        FROM (/*all_items*/)
        GROUP BY total_domain
    ) AS totals ON totals.total_domain = top.rank_domain
)
ORDER BY rank_domain, rank

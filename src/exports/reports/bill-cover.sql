-- One month's figures of each series, beside the percentile that the month could have had. GB, TB and Mbit/s are
-- rounded half up to four decimals, in integers.
SELECT /*cells*/
FROM
(
    SELECT
        {month:String} AS month,
        arrayElement({accounts:Array(String)}, series + 1) AS account,
        arrayElement({names:Array(String)}, series + 1) AS domain,
        toDateTime({from:Int64}, 'UTC') AS first_time,
        toDateTime({to:Int64}, 'UTC') AS end_time,
        if(known_flux IS NULL, NULL, toDecimal128(intDiv(toUInt256(billed) * 20000 + 1000000000, 2000000000), 4) / 10000) AS billed_gb,
        if(known_flux IS NULL, NULL, toDecimal128(intDiv(toUInt256(billed) * 20000 + 1000000000000, 2000000000000), 4) / 10000) AS billed_tb,
        toDecimal128(intDiv(toUInt256(bandwidth_percentile) * 20000 + 1000000, 2000000), 4) / 10000 AS percentile_mbps,
        arrayElement({states:Array(String)}, series + 1) AS state,
        arrayElement({provisional:Array(UInt64)}, series + 1) AS provisional,
        arrayElement({missing:Array(UInt64)}, series + 1) AS missing,
        if(missing = 0, bandwidth_percentile, percentile_if_filled) AS percentile_at_peak,
        *
    FROM (/*figures*/) AS counted
    LEFT JOIN
    (
        SELECT series AS filled_series, bandwidth_percentile AS percentile_if_filled
        FROM (/*figures_if_filled*/)
    ) AS filled ON filled.filled_series = counted.series
)
ORDER BY series

-- Every bucket of one series in a month, in order. A bucket is empty if no log of it has come.
WITH (SELECT arraySlice(listed, 1, discarded) FROM (/*months*/)) AS discarded_points
SELECT /*cells*/
FROM
(
    SELECT
        {month:String} AS month,
        {account:String} AS account,
        {name:String} AS domain,
        place,
        toDateTime({from:Int64} + place * 300, 'UTC') AS time,
        arrayElement({stateNames:Array(String)}, {states:Array(UInt8)}[place + 1] + 1) AS state,
        if(has_requests OR ({states:Array(UInt8)}[place + 1] > {lastUnknownState:UInt8} AND toInt64(toUnixTimestamp(time)) < {until:Int64}), bytes, NULL) AS flux,
        if(flux IS NULL, NULL, toUInt64(intDiv(toUInt128(bytes) * 16 + 300, 600))) AS bandwidth,
        nullIf(indexOf(discarded_points.2, time), 0) AS rank
    FROM
    (
        SELECT place, max(bytes) AS bytes, max(has_requests) AS has_requests
        FROM
        (
            SELECT intDiv(toInt64(toUnixTimestamp(bucket)) - {from:Int64}, 300) AS place, bytes, 1 AS has_requests
            FROM (/*points*/)
            UNION ALL
            SELECT toInt64(number) AS place, toUInt64(0) AS bytes, 0 AS has_requests
            FROM numbers({rows:UInt64})
        )
        GROUP BY place
    )
)
ORDER BY place

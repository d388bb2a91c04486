-- Totals of loads and of their copies. The checksum covers every column but clients' places and the load's id.
SELECT loadId, sum(requests_of) AS requests, sum(flux_of) AS fluxBytes, sum(lines_of) AS rejectedLines, toString(sum(checksum_of)) AS checksum
FROM
(
    SELECT
        load_id AS loadId,
        count() AS requests_of,
        sum(toUInt128(bytes)) AS flux_of,
        0 AS lines_of,
        sum(cityHash64(* EXCEPT (country, province, carrier, service_area, load_id))) AS checksum_of
    FROM request
    WHERE load_id IN {allIds:Array(UInt64)}
    GROUP BY load_id
    UNION ALL
    SELECT load_id, 0, 0, sum(lines), 0 FROM rejected WHERE load_id IN {allIds:Array(UInt64)} GROUP BY load_id
)
GROUP BY loadId

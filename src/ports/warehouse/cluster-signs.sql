-- What only a server has that is one of several: what is written through it may lie on others.
SELECT sign
FROM
(
    SELECT concat('the database has the engine ', engine) AS sign
    FROM system.databases
    WHERE name = currentDatabase() AND engine IN ('Replicated', 'Shared')
    UNION ALL
    SELECT concat('the table ', name, ' has the engine ', engine)
    FROM system.tables
    WHERE database = currentDatabase() AND (engine = 'Distributed' OR startsWith(engine, 'Replicated') OR startsWith(engine, 'Shared'))
    UNION ALL
    -- Samples of clusters that ClickHouse's own configuration had are of loopback.
    SELECT concat('system.clusters names ', toString(nodes), ' nodes of the cluster ', cluster)
    FROM
    (
        SELECT cluster, uniqExact(host_name, port) AS nodes
        FROM system.clusters
        WHERE NOT startsWith(host_address, '127.') AND host_address != '::1' AND host_name NOT IN ('localhost', '127.0.0.1', '::1')
        GROUP BY cluster
    )
    WHERE nodes > 1
)
ORDER BY sign
LIMIT 1

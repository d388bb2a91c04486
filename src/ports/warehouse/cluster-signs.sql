-- Signs of a server that belongs to a cluster, where written data may lie on other servers.
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
    -- The sample clusters of ClickHouse's own configuration are on loopback.
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

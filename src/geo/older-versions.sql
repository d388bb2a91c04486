SELECT DISTINCT version
FROM (SELECT version FROM geo_network UNION ALL SELECT version FROM geo_region)
WHERE version < {least:UInt32}

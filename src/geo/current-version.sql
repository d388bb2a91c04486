SELECT version, name, sources, networks, about, toInt64(toUnixTimestamp(loaded_at)) * 1000 AS loadedAtMs
FROM geo_version
ORDER BY version DESC
LIMIT 1

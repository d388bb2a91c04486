SELECT name FROM system.tables WHERE database = currentDatabase() LIMIT 1

-- Identifies a server: two with one name and id, as in a test, do not share a directory.
SELECT concat(toString(serverUUID()), ' ', hostName(), ' ', (SELECT min(path) FROM system.disks WHERE name = 'default')) AS identity

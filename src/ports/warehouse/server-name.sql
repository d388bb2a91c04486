-- Identifies a server for a user who may not read system tables.
SELECT concat(toString(serverUUID()), ' ', hostName()) AS identity

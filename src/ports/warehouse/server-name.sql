-- The same, for a user who may not ask system tables.
SELECT concat(toString(serverUUID()), ' ', hostName()) AS identity

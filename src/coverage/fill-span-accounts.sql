-- Adds to loads their account, and the set of domains that their keys might deliver; pairs of both are numbered.
ALTER TABLE load_span UPDATE
    account_id = {accountIds:Array(String)}[transform(load_id, {loadIds:Array(UInt64)}, {pairs:Array(UInt32)}, toUInt32(1))],
    allowed_set = {allowedSets:Array(String)}[transform(load_id, {loadIds:Array(UInt64)}, {pairs:Array(UInt32)}, toUInt32(1))]
WHERE account_id = '' AND load_id IN {loadIds:Array(UInt64)}
SETTINGS mutations_sync = 2

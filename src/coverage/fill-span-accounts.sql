-- Says of loads whose they are and which set of domains their keys might deliver: each by the number of such a pair.
ALTER TABLE load_span UPDATE
    account_id = {accountIds:Array(String)}[transform(load_id, {loadIds:Array(UInt64)}, {pairs:Array(UInt32)}, toUInt32(1))],
    allowed_set = {allowedSets:Array(String)}[transform(load_id, {loadIds:Array(UInt64)}, {pairs:Array(UInt32)}, toUInt32(1))]
WHERE account_id = '' AND load_id IN {loadIds:Array(UInt64)}
SETTINGS mutations_sync = 2

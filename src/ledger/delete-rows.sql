ALTER TABLE /*table*/ DELETE WHERE has({loadIds:Array(UInt64)}, load_id) SETTINGS mutations_sync = 2

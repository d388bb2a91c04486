ALTER TABLE forgotten_usage DELETE WHERE has({loadIds:Array(UInt64)}, load_id)

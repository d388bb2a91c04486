SELECT uniqExact(load_id) AS loads FROM forgotten_usage WHERE has({purged:Array(UInt64)}, load_id)

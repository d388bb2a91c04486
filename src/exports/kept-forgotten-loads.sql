-- Of how many forgotten loads the usage is still there, though their own rows are gone.
SELECT uniqExact(load_id) AS loads FROM forgotten_usage WHERE has({purged:Array(UInt64)}, load_id)

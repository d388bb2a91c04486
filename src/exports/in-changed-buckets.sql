-- Rows in buckets of loads that were added or removed since, and of domains of which the account sees another part.
(domain IN {regardedDomains:Array(String)} OR (/*place*/, domain) IN
(
    SELECT /*place*/, domain FROM usage
    WHERE /*asked*/ AND has(arrayConcat({addedLoadIds:Array(UInt64)}, {removedLoadIds:Array(UInt64)}), load_id)
    UNION DISTINCT
    SELECT /*place*/, domain FROM forgotten_usage
    WHERE /*asked*/ AND has({removedLoadIds:Array(UInt64)}, load_id)
))

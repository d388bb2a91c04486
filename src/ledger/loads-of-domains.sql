-- Loads among the added and removed ones that have requests in the asked range and domains.
SELECT load_id AS loadId FROM usage
WHERE /*asked*/ AND has(arrayConcat({addedLoadIds:Array(UInt64)}, {removedLoadIds:Array(UInt64)}), load_id) AND /*seen*/
UNION DISTINCT
SELECT load_id AS loadId FROM forgotten_usage
WHERE /*asked*/ AND has({removedLoadIds:Array(UInt64)}, load_id) AND /*seen*/

-- Loads among the added and removed ones that have requests in the asked range and domains: added ones as the domains'
-- owner sees them now, removed ones as it saw them then.
SELECT load_id AS loadId FROM usage
WHERE /*asked*/ AND has({addedLoadIds:Array(UInt64)}, load_id) AND /*seen*/
UNION DISTINCT
SELECT load_id AS loadId FROM usage
WHERE /*asked*/ AND has({removedLoadIds:Array(UInt64)}, load_id) AND /*had*/ AND /*seen_then*/
UNION DISTINCT
SELECT load_id AS loadId FROM forgotten_usage
WHERE /*asked*/ AND has({removedLoadIds:Array(UInt64)}, load_id) AND /*had*/ AND /*seen_then*/

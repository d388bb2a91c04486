SELECT DISTINCT arrayJoin(arrayPushBack(domains, file_domain)) AS domain
FROM load_span
WHERE load_id IN {loadIds:Array(UInt64)}

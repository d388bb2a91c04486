-- New loads that have requests in the same 5 minutes of the same domain as another load, and those buckets.
SELECT
    load_id AS loadId,
    arraySort(groupUniqArrayArray(load_ids)) AS loadIds,
    toUInt32(min(bucket)) AS firstBucket,
    toUInt32(max(bucket)) AS lastBucket,
    groupUniqArray(domain) AS domains
FROM
(
    SELECT bucket, domain, groupUniqArray(load_id) AS load_ids
    FROM usage
    WHERE load_id IN {loadIds:Array(UInt64)}
      AND bucket BETWEEN toDateTime({firstBucket:UInt32}, 'UTC') AND toDateTime({lastBucket:UInt32}, 'UTC')
    GROUP BY bucket, domain
    HAVING length(load_ids) > 1
)
ARRAY JOIN load_ids AS load_id
WHERE load_id IN {newLoadIds:Array(UInt64)}
GROUP BY load_id
ORDER BY load_id

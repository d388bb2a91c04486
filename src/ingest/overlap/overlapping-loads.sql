-- Loads that share requests with a load, those that share most first. A load with many requests is compared by a part
-- of them.
SELECT load_id AS loadId
FROM (/*requests_in_buckets*/)
WHERE load_id != {loadId:UInt64}
  AND (bucket, domain, digest) IN (
      SELECT bucket, domain, digest FROM (/*requests_in_buckets*/) WHERE load_id = {loadId:UInt64} LIMIT 100000)
GROUP BY load_id
ORDER BY count() DESC, load_id
LIMIT 10

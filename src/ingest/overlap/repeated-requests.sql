-- For each load, the number of its requests that another load has, too.
SELECT load_id AS loadId, sum(requests) AS requests
FROM
(
    SELECT groupUniqArray(load_id) AS load_ids, count() AS requests
    FROM (/*requests_in_buckets*/)
    GROUP BY bucket, domain, digest
    HAVING length(load_ids) > 1
)
ARRAY JOIN load_ids AS load_id
GROUP BY load_id

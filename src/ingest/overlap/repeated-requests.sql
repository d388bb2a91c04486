-- How many requests each load has that another one has as well.
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

-- The start of the highest 5 minutes of a cell, unix s; among equal ones the earliest. No row without a request.
SELECT toUnixTimestamp(bucket) AS start
FROM (/*rows*/)
WHERE /*cell*/
GROUP BY bucket
ORDER BY sum(toUInt128(flux_bytes)) DESC, bucket
LIMIT 1

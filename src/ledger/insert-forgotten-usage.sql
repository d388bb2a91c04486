INSERT INTO forgotten_usage (load_id, bucket, domain, service_area, requests, flux_bytes)
SELECT load_id, bucket, domain, service_area, requests, flux_bytes
FROM usage
WHERE has({loadIds:Array(UInt64)}, load_id)

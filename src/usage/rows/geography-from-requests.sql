-- Traffic by place in buckets that the hourly rollup does not have.
SELECT toStartOfFiveMinutes(time) AS bucket, domain, country, province, carrier, toUInt64(1) AS requests, bytes AS flux_bytes
FROM (/*requests*/)

-- Requests of loads, each with a digest of its line's content, as far as all loads have it. A client's place is not
-- part of the line.
SELECT
    load_id,
    toStartOfFiveMinutes(time) AS bucket,
    domain,
    sipHash64(/*client*/, method, path, /*query*/, status, bytes, /*referrer*/, user_agent, cache) AS kind,
    sipHash64(time, kind, duration_ms) AS digest
FROM request
WHERE load_id IN {loadIds:Array(UInt64)}
  AND domain IN {domains:Array(String)}
  AND time >= toDateTime({firstBucket:UInt32}, 'UTC')
  AND time < toDateTime({lastBucket:UInt32} + 300, 'UTC')

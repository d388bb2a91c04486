-- Every table's parts are on disk, with their directory, before an insert or a merge is answered. So loads that the
-- ledger calls loaded survive a power loss (docs/adr/0008-durability.md).

-- One row a request, as logged. Measured on 4,000,000 lines (docs/adr/0005-warehouse-layout.md): this sort key and
-- these codecs take 40 MiB and 4.1 s to insert, where (domain, time) with LZ4 alone took 97 MiB and 5.1 s.
CREATE TABLE IF NOT EXISTS request
(
    time         DateTime('UTC') CODEC(Delta, ZSTD(1)), -- when the request was answered, by the log
    domain       LowCardinality(String),                -- lower case, without port
    service_area LowCardinality(String),                -- mainland_china | outside_mainland_china
    client_ip    IPv6 CODEC(ZSTD(1)),                   -- IPv4 mapped into ::ffff:0:0/96; :: when the log has none
    country      LowCardinality(String),                -- empty until addresses are located
    province     LowCardinality(String),
    carrier      LowCardinality(String),
    path         String CODEC(ZSTD(1)),                 -- as logged, without query; empty when the request line is broken
    query        String CODEC(ZSTD(1)),                 -- without its question mark
    referrer     String CODEC(ZSTD(1)),                 -- empty when the log has '-'
    user_agent   LowCardinality(String),
    method       LowCardinality(String),
    status       UInt16,                                -- 0 when the client left before an answer
    bytes        UInt64 CODEC(ZSTD(1)),                 -- sent to the client, as the log counts them
    cache        Enum8('unknown' = -1, 'miss' = 0, 'hit' = 1),
    duration_ms  UInt32 CODEC(ZSTD(1)),
    load_id      UInt64 CODEC(Delta, ZSTD(1)),          -- the ledger decides which of these count
    INDEX load_range load_id TYPE minmax GRANULARITY 4  -- reading back or removing a load skips others' columns
)
ENGINE = MergeTree
PARTITION BY toYYYYMMDD(time)
ORDER BY (domain, toStartOfHour(time), path)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1;

-- 5-minute sums, one row for each key of each load. They are computed once from the load's own requests, so they are as
-- exact as those. Status and geography would make the table 8 to 29 times as long.
CREATE TABLE IF NOT EXISTS usage
(
    bucket                DateTime('UTC') CODEC(Delta, ZSTD(1)), -- start of the 5 minutes
    domain                LowCardinality(String),
    service_area          LowCardinality(String),
    load_id               UInt64 CODEC(Delta, ZSTD(1)),
    requests              UInt64 CODEC(ZSTD(1)),
    flux_bytes            UInt64 CODEC(ZSTD(1)),
    hits                  UInt64 CODEC(ZSTD(1)),
    hit_flux_bytes        UInt64 CODEC(ZSTD(1)),
    cache_logged_requests UInt64 CODEC(ZSTD(1)),        -- requests whose log says hit or miss
    status_2xx            UInt64 CODEC(ZSTD(1)),
    status_3xx            UInt64 CODEC(ZSTD(1)),
    status_4xx            UInt64 CODEC(ZSTD(1)),
    status_5xx            UInt64 CODEC(ZSTD(1)),
    origin_requests       Nullable(UInt64) CODEC(ZSTD(1)), -- null: the source does not log it
    origin_flux_bytes     Nullable(UInt64) CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(bucket)
ORDER BY (bucket, domain, service_area, load_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1;

-- Rejected lines of a load: one row a reason, with its first lines.
CREATE TABLE IF NOT EXISTS rejected
(
    load_id UInt64,
    reason  LowCardinality(String),
    lines   UInt64,
    samples Array(Tuple(line_number UInt64, line String)) -- the first 100, lines cut at 1,000 bytes
)
ENGINE = MergeTree
ORDER BY load_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1;

-- These tables are filled from a load's requests some seconds after it counts. Until then reports read the requests
-- (docs/adr/0010).

-- Totals of every URL by the day of UTC+8. A day's list of the costliest URLs reads this instead of each request.
CREATE TABLE IF NOT EXISTS url_daily
(
    day          DateTime('UTC') CODEC(Delta, ZSTD(1)), -- the day's first instant
    domain       LowCardinality(String),
    service_area LowCardinality(String),
    path         String CODEC(ZSTD(1)),
    query        String CODEC(ZSTD(1)),
    load_id      UInt64 CODEC(Delta, ZSTD(1)),
    requests     UInt64 CODEC(ZSTD(1)),
    flux_bytes   UInt64 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (domain, day, path)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1;

-- Traffic by clients' places, by the hour of UTC.
CREATE TABLE IF NOT EXISTS geography_hourly
(
    hour         DateTime('UTC') CODEC(Delta, ZSTD(1)),
    domain       LowCardinality(String),
    service_area LowCardinality(String),
    country      LowCardinality(String),
    province     LowCardinality(String),
    carrier      LowCardinality(String),
    load_id      UInt64 CODEC(Delta, ZSTD(1)),
    requests     UInt64 CODEC(ZSTD(1)),
    flux_bytes   UInt64 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY toYYYYMM(hour)
ORDER BY (hour, domain, service_area, country, province, carrier, load_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1;

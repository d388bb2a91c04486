-- Usage of forgotten loads whose own rows are removed, while a task's file contains them. It shows the figures of a
-- file of an older data version (docs/adr/0017-coverage.md). A row may occur twice, as purging may be repeated. Queries
-- must take each (load, bucket, domain, area) once.
CREATE TABLE IF NOT EXISTS forgotten_usage
(
    load_id      UInt64,
    bucket       DateTime('UTC'),
    domain       LowCardinality(String),
    service_area LowCardinality(String),
    requests     UInt64,
    flux_bytes   UInt64
)
ENGINE = MergeTree
ORDER BY (load_id, bucket, domain)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1

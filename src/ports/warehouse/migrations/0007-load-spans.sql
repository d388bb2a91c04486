-- Each load's report of its source and time: one row a load, written with it (docs/adr/0017-coverage.md).
CREATE TABLE IF NOT EXISTS load_span
(
    load_id        UInt64,
    source         LowCardinality(String),
    file_name      String,                          -- as delivered, without its directory
    file_domain    LowCardinality(String),          -- the one domain that the file holds, empty for any
    named_from     DateTime('UTC'),                 -- the time in the file's name, [from, to); 1970: none
    named_to       DateTime('UTC'),
    first_bucket   DateTime('UTC'),                 -- of its requests; 1970: it has none
    last_bucket    DateTime('UTC'),
    domains        Array(LowCardinality(String)),   -- of its requests
    rejected_lines UInt64,
    written_at     DateTime('UTC')
)
ENGINE = MergeTree
ORDER BY load_id
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1;

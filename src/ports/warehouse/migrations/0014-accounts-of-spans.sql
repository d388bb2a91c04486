-- A load's account, and the domains that its key might deliver when it was loaded: the name of a set below, empty
-- without a limit (docs/adr/0028-source-of-account.md). The next start fills older rows
-- (coverage/record-span-accounts.ts).
ALTER TABLE load_span ADD COLUMN IF NOT EXISTS account_id LowCardinality(String) DEFAULT '';
ALTER TABLE load_span ADD COLUMN IF NOT EXISTS allowed_set LowCardinality(String) DEFAULT '';

-- Sets of domains that keys of an account might deliver, each named by a digest of its names. A row may occur twice.
CREATE TABLE IF NOT EXISTS allowed_set
(
    account_id LowCardinality(String),
    set_id     LowCardinality(String),
    domain     LowCardinality(String)
)
ENGINE = MergeTree
ORDER BY (account_id, domain, set_id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1

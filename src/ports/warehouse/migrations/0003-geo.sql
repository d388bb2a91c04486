-- Parts of a request's place that its log had: 1 the country, 2 the province, 4 the carrier. The other parts come from
-- the address, and may be looked up again.
ALTER TABLE request ADD COLUMN IF NOT EXISTS place_logged UInt8 DEFAULT 0 CODEC(ZSTD(1)) AFTER carrier;

-- Places of addresses, by version of the data (docs/adr/0013). Networks do not overlap, and bits count of 128.
-- Dictionaries are made of a version's rows. A version is in use once geo_version lists it.
CREATE TABLE IF NOT EXISTS geo_network
(
    version UInt32,
    first   IPv6 CODEC(ZSTD(1)), -- IPv4 mapped into ::ffff:0:0/96
    bits    UInt8 CODEC(ZSTD(1)),
    region  UInt16 CODEC(ZSTD(1))
)
ENGINE = MergeTree
PARTITION BY version
ORDER BY (first, bits)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS geo_region
(
    version  UInt32,
    region   UInt16,
    country  String, -- ISO 3166-1 in lower case; qita when not known
    province String, -- a code of the contract; empty abroad
    carrier  String  -- a code of the contract
)
ENGINE = MergeTree
PARTITION BY version
ORDER BY region
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS geo_version
(
    version   UInt32,
    name      String,
    sources   String, -- JSON: name, covers, date, licence, attribution of each
    networks  UInt32,
    loaded_at DateTime('UTC')
)
ENGINE = MergeTree
ORDER BY version
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
         min_compressed_bytes_to_fsync_after_merge = 1;

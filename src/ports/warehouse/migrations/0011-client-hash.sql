-- The keyed hash of the whole address, where client_ip is truncated. 0: client_ip is whole (docs/adr/0025-privacy.md).
ALTER TABLE request ADD COLUMN IF NOT EXISTS client_hash UInt128 DEFAULT 0 CODEC(ZSTD(1)) AFTER client_ip;

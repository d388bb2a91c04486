-- Bytes of the rejected lines, line ends included: one line of NUL bytes may be half a file.
ALTER TABLE rejected ADD COLUMN IF NOT EXISTS bytes UInt64;

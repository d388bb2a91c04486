/** The first kept time of a source of reports; without a row, everything is kept. */
export type RetentionFloorRow = { source: string; first_kept_ms: number }

/** A running backup: data that count at its version, or later, stay until it ends. */
export type BackupPinRow = { id: string; data_version: number; until_ms: number }

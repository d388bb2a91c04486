/** The first kept time of a source of reports; without a row, everything is kept. */
export type RetentionFloorRow = { source: string; first_kept_ms: number }

/** A running backup: data that count at its version, or later, stay until it ends. */
export type BackupPinRow = { id: string; data_version: number; until_ms: number }

/** The number of days for which log files of an account's source are kept; without a row none are. */
export type LogKeepingRow = { account_id: string; source: string; keep_days: number; updated_at_ms: number }

/**
 * A log file that is kept (ledger/kept-logs.ts). `writing`: its load does not count yet, and it is handed out to nobody.
 * `missed`: the load counts, and its bytes could not be kept. `ended`: its bytes are removed, and then the row.
 */
export type KeptLogRow = {
  id: string
  state: 'writing' | 'kept' | 'missed' | 'ended'
  batch_id: number
  load_id: number
  /** Account and source that delivered it. */
  account_id: string
  source: string
  name: string
  /** The hours of its requests, or of its delivered name. */
  start_ms: number
  end_ms: number
  until_ms: number
  /** While it is written, the most that it may take. */
  bytes: number
  sha256: string | null
  /** The load id at whose position it counts (accounts/ownership.ts); null while it is written. */
  counts_as: number | null
  has_rejected: number
}

/** A domain with a line that counts in a kept log. */
export type KeptLogDomainRow = { domain: string; start_ms: number; log_id: string }

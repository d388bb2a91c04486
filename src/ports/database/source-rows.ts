/** A log source, as one data directory's process knows it, with counts of its files. */
export type LogSourceRow = {
  owner: string
  name: string
  files_loaded: number
  files_duplicate: number
  files_failed: number
  /** Position of an ordered listing. */
  cursor: string | null
}

/** A file of a log source that was handed over, with its state at that time. */
export type SourceFileRow = {
  owner: string
  source_name: string
  /** Path within the log source. */
  path: string
  /** Changes whenever the content may have changed. */
  identity: string
  size_bytes: number
  /** End of the bytes that were handed over, at a line's end; null: all. */
  end_byte: number | null
  state: 'queued' | 'loaded' | 'failed'
  batch_id: number | null
  error_code: string | null
  error_message: string | null
  /** Consecutive failures. */
  tries: number
  /** Time at which a failed file is tried again though unchanged; null: only after a change. */
  retry_at_ms: number | null
  /** Time at which it was handed over, or failed. */
  changed_at_ms: number
  /** Time since which it is missing. */
  gone_at_ms: number | null
  /** Time of its last listing, to a day; only for objects of buckets. */
  seen_at_ms: number | null
}

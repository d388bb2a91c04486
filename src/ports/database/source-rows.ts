/** A place that logs are fetched from, as one data directory's process knows it: what became of its files so far. */
export type LogSourceRow = {
  owner: string
  name: string
  files_loaded: number
  files_duplicate: number
  files_failed: number
  /** Where a listing in order stands. */
  cursor: string | null
}

/** A file of such a place that was handed over, as it was then. */
export type SourceFileRow = {
  owner: string
  source_name: string
  /** Within the place. */
  path: string
  /** Changes whenever the content may have changed. */
  identity: string
  size_bytes: number
  /** Bytes that were handed over, up to a line's end; null: all. */
  end_byte: number | null
  state: 'queued' | 'loaded' | 'failed'
  batch_id: number | null
  error_code: string | null
  error_message: string | null
  /** Failures in a row. */
  tries: number
  /** When a failed file is tried again though it has not changed; null: when it changes. */
  retry_at_ms: number | null
  /** When it was handed over, or failed. */
  changed_at_ms: number
  /** Since when it is not there any more. */
  gone_at_ms: number | null
  /** When it was last listed, within a day; of objects of buckets. */
  seen_at_ms: number | null
}

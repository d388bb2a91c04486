/** A small push with a key, and the batch that contains it. */
export type PushRow = {
  account_id: string
  source: string
  idempotency_key: string
  batch_id: number
  bytes: number
  /** See `BatchRow`. */
  pushed_sha256: string | null
  created_at_ms: number
}

/** An access key whose push was answered with a batch of another key of its account; it may read that batch's state. */
export type PushReaderRow = { batch_id: number; access_key: string }

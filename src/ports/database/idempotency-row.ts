/** The task that an idempotency key answers with, for a day. */
export type ExportIdempotencyRow = {
  account_id: string
  idempotency_key: string
  body_sha256: string
  task_id: string
  created_at_ms: number
}

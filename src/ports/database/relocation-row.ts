export type RelocationState = 'waiting' | 'running' | 'done' | 'canceled' | 'failed'

/** A relocation: its request, and its progress (relocation/relocation-store.ts). */
export type RelocationRow = {
  id: number
  state: RelocationState
  /** The data directory whose process runs it. */
  owner: string
  created_by: string
  /** The selection of batches, as JSON. */
  scope_json: string
  /** Totals when it was requested. */
  batches: number
  requests: number
  /** Batches up to this id are done. */
  last_batch_id: number
  batches_done: number
  batches_skipped: number
  batches_failed: number
  /** Requests of all processed batches. */
  requests_done: number
  /** Requests whose place has changed. */
  requests_moved: number
  /** JSON array of [batch, reason]: the first skipped or failed batches. */
  problems_json: string
  error_code: string | null
  error_message: string | null
  created_at_ms: number
  updated_at_ms: number
  ended_at_ms: number | null
}

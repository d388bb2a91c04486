export type RelocationState = 'waiting' | 'running' | 'done' | 'canceled' | 'failed'

/** Batches that are to be looked up again: what was asked, and how far it is (relocation/relocation-store.ts). */
export type RelocationRow = {
  id: number
  state: RelocationState
  /** The data directory whose process does it. */
  owner: string
  created_by: string
  /** Which batches, as JSON. */
  scope_json: string
  /** What there was to do when it was asked. */
  batches: number
  requests: number
  /** Batches up to this one are dealt with. */
  last_batch_id: number
  batches_done: number
  batches_skipped: number
  batches_failed: number
  /** Of all batches that were dealt with. */
  requests_done: number
  /** That are elsewhere now. */
  requests_moved: number
  /** JSON array of [batch, reason] of the first that were skipped or failed. */
  problems_json: string
  error_code: string | null
  error_message: string | null
  created_at_ms: number
  updated_at_ms: number
  ended_at_ms: number | null
}

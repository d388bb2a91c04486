/**
 * When an account's source reports, as stated: see cadence.ts. The account '' is every account; its `*` has what
 * holds where none is stated.
 */
export type SourceCadenceRow = {
  account_id: string
  source: string
  files_per_hour: number | null
  delay_seconds: number | null
  skips_empty_hours: number
  /** JSON array; null: those whose requests it has delivered. */
  domains_json: string | null
  expected_from_ms: number | null
  expected_until_ms: number | null
  updated_at_ms: number
}

/**
 * A stated cadence: see ledger/cadences.ts. The account '' means every account; its source `*` holds the common delay.
 */
export type SourceCadenceRow = {
  account_id: string
  source: string
  files_per_hour: number | null
  files_per_day: number | null
  /** Null exactly where `files_per_day` is. */
  day_zone: string | null
  delay_seconds: number | null
  skips_empty_hours: number
  /** JSON array; null: the domains of which the source has delivered requests. */
  domains_json: string | null
  expected_from_ms: number | null
  expected_until_ms: number | null
  updated_at_ms: number
}

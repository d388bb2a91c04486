import type { BatchRow } from '../../ports/database/schema.ts'
import type { Candidate } from '../identify/candidates.ts'
import type { ContentScan } from '../identify/content.ts'
import type { Delivered } from '../identify/delivered.ts'
import type { ByteRange } from '../identify/delivery-plan.ts'

/** What is to be loaded, and the batches that were looked at to say so. */
export type Planned = {
  ranges: ByteRange[]
  supersedes: number[]
  candidates: Candidate[]
  /** Domains that might be delivered as it was planned, null for any; without: it does not depend on them. */
  allowed?: readonly string[] | null
}

/** A load whose rows are all in the warehouse. */
export type WrittenLoad = {
  file: Delivered
  loadId: number
  scan: ContentScan
  planned: Planned
  figures: LoadFigures
}

/** What a load holds, in the columns of its batch; and the domains it names. */
export type LoadFigures = Pick<
  BatchRow,
  | 'lines'
  | 'requests'
  | 'rejected_lines'
  | 'rejected_json'
  | 'flux_bytes'
  | 'first_time_ms'
  | 'last_time_ms'
  | 'geo_version'
  | 'client_addresses'
  | 'query_strings'
> & {
  domains: string[]
  /** Which its lines might name; null: any. */
  allowedDomains: readonly string[] | null
  /** From when on requests are kept, when nothing of the load counts because it is older; else null. */
  tooOldForMs: number | null
}

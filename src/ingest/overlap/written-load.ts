import type { BatchRow } from '../../ports/database/schema.ts'
import type { Candidate } from '../identify/candidates.ts'
import type { ContentScan } from '../identify/content.ts'
import type { Delivered } from '../identify/delivered.ts'
import type { ByteRange } from '../identify/delivery-plan.ts'

/** The plan of a load, and the batches that it was made from. */
export type Planned = {
  ranges: ByteRange[]
  supersedes: number[]
  candidates: Candidate[]
  /** Those that begin alike, and that the load must replace to count. */
  alike: Candidate[]
  /** Domains that might be delivered at planning, null for any; omitted: the plan does not depend on them. */
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

/** A load's figures, in the columns of its batch; and its domains. */
export type LoadFigures = Pick<
  BatchRow,
  | 'lines'
  | 'requests'
  | 'rejected_lines'
  | 'header_lines'
  | 'rejected_json'
  | 'flux_bytes'
  | 'first_time_ms'
  | 'last_time_ms'
  | 'geo_version'
  | 'client_addresses'
  | 'query_strings'
> & {
  /** Lines without a request by their reason, with their bytes. */
  rejectedReasons: readonly { reason: string; lines: number; bytes: number }[]
  domains: string[]
  /** The domains that its lines might name; null: any. */
  allowedDomains: readonly string[] | null
  /** The first time from which requests are kept, if nothing of the load counts because it is older; else null. */
  tooOldForMs: number | null
}

/** The figures that are recorded of a batch. */
export function figuresOfBatch(figures: LoadFigures) {
  const {
    domains: _domains,
    tooOldForMs: _tooOld,
    allowedDomains: _allowed,
    rejectedReasons: _rows,
    ...counts
  } = figures
  return counts
}

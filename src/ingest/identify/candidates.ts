import type { Database } from '../../ports/database/database.ts'
import type { Head, KnownBeginning } from './beginnings.ts'
import { hasForbiddenLines } from './delivery-authority.ts'
import type { ByteRange, LoadedBeginning } from './delivery-plan.ts'

/** A loaded batch that may hold the same bytes; its parameters decide whether it is the same delivery. */
export type Candidate = LoadedBeginning & {
  contentSha256: string
  headSha256: string | null
  name: string
  beginnings: KnownBeginning[]
  source: string
  defaultDomain: string | null
  serviceArea: string
  /** As stored. */
  countAlso: string
  /** The domains that its key might deliver, null for any; and true if lines of others were rejected. */
  allowedDomains: string[] | null
  hasForbiddenLines: boolean
}

/**
 * Loaded files of an account that could share a beginning with the given head, by id. They have the same first line or
 * the same first 4,096 bytes, or are too short to have either.
 */
export async function beginningCandidates(
  queries: Database['queries'],
  accountId: string,
  head: Head,
): Promise<Candidate[]> {
  const loaded = queries
    .selectFrom('batch')
    .select(['id', 'ranges_json', 'end_byte', 'ends_with_newline', 'content_sha256', 'head_sha256'])
    .select([
      'beginnings_json',
      'name',
      'source',
      'default_domain',
      'service_area',
      'count_also_json',
      'written_domains_json',
      'rejected_json',
    ])
    .where('account_id', '=', accountId)
    .where('state', '=', 'loaded')
    .where('delivery', '=', 'file')
    .where('end_byte', '>', 0)
  // One query each: joined by OR, they would make SQLite read every loaded batch.
  const found = await loaded.where('first_line_sha256', 'is', null).where('head_sha256', 'is', null).execute()
  if (head.firstLineSha256 !== null)
    found.push(...(await loaded.where('first_line_sha256', '=', head.firstLineSha256).execute()))
  if (head.sha256 !== null) found.push(...(await loaded.where('head_sha256', '=', head.sha256).execute()))
  const byId = new Map(found.map((row) => [row.id, row]))
  const rows = [...byId.values()].sort((a, b) => a.id - b.id)
  return rows.map((row) => ({
    batchId: row.id,
    ranges: JSON.parse(row.ranges_json ?? '[]') as ByteRange[],
    endByte: row.end_byte ?? 0,
    endsWithNewline: row.ends_with_newline === 1,
    contentSha256: row.content_sha256 ?? '',
    headSha256: row.head_sha256,
    name: row.name,
    beginnings: JSON.parse(row.beginnings_json ?? '[]') as KnownBeginning[],
    source: row.source,
    defaultDomain: row.default_domain,
    serviceArea: row.service_area,
    countAlso: row.count_also_json,
    allowedDomains: row.written_domains_json === null ? null : (JSON.parse(row.written_domains_json) as string[]),
    hasForbiddenLines: hasForbiddenLines(row),
  }))
}

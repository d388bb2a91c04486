import { AppError } from '../../errors.ts'
import { loadQueryId } from '../../ledger/load-query.ts'
import type { Database } from '../../ports/database/database.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import { sqlFile } from '../../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings, type Warehouse } from '../../ports/warehouse/warehouse.ts'
import type { LoadPrivacy } from '../../privacy/load-privacy.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import { beginningsOf } from '../identify/known-content.ts'
import { type Compared, loadsThere, type Place, timesOf } from './compared.ts'
import { digestsOf } from './what-is-equal.ts'
import type { WrittenLoad } from './written-load.ts'

const sharedBucketsSql = sqlFile(import.meta.url, './shared-buckets.sql')
const repeatedRequestsSql = sqlFile(import.meta.url, './repeated-requests.sql')
const equalRequestsSql = sqlFile(import.meta.url, './equal-requests.sql')
const overlappingLoadsSql = sqlFile(import.meta.url, './overlapping-loads.sql')

/** Requests of a load that other files have loaded already, and the batches that have most of them. */
export type Overlap = { requests: number; batchIds: number[] }

/** Overlaps by load id, and the loads compared. */
export type Overlaps = { found: Map<number, Overlap>; compared: Compared[] }

/** Fewer equal requests are chance. */
const requestsMin = 10

type Deps = { database: Database; warehouse: Warehouse; privacy: LoadPrivacy }
type Shared = { loadId: number; loadIds: number[]; firstBucket: number; lastBucket: number; domains: string[] }

/**
 * Finds written but uncounted loads that have the same requests as counting loads of their source, or as earlier ones
 * of `loads`: the log was cut anew, or merged with another one. Lines are compared by their content, for 5 minutes of a
 * domain at a time. A push is new by definition, and so are lines that were appended to a file.
 */
export async function findOverlaps(deps: Deps, loads: readonly WrittenLoad[], signal: AbortSignal): Promise<Overlaps> {
  const overlaps: Overlaps = { found: new Map(), compared: [] }
  for (const ofSource of bySource(loads)) {
    const times = timesOf(ofSource)
    const isCompared = ofSource.some((load) => load.file.batch.delivery === 'file')
    const [{ file } = { file: null }] = ofSource
    if (!file || !times || !isCompared) continue
    const { account_id: accountId, source } = file.batch
    const exceptBatches = ofSource.flatMap(ownBatches)
    await findOfSource(deps, overlaps, { accountId, source, ...times, exceptBatches }, ofSource, signal)
  }
  return overlaps
}

/** Groups loads by account and source: lines of two accounts may be equal by right. */
function bySource(loads: readonly WrittenLoad[]): WrittenLoad[][] {
  const groups = new Map<string, WrittenLoad[]>()
  for (const load of loads) {
    const key = JSON.stringify([load.file.batch.account_id, load.file.batch.source])
    groups.set(key, [...(groups.get(key) ?? []), load])
  }
  return [...groups.values()]
}

/** Batches that a file replaces, or begins with. */
const ownBatches = ({ planned, scan }: WrittenLoad): number[] => [
  ...planned.supersedes,
  ...beginningsOf(scan, planned.candidates).map((candidate) => candidate.batchId),
]

async function findOfSource(
  deps: Deps,
  overlaps: Overlaps,
  place: Place,
  loads: readonly WrittenLoad[],
  signal: AbortSignal,
) {
  const counting = await loadsThere(deps.database.queries, place)
  overlaps.compared.push({ ...place, loadIds: counting })
  const loadIds = [...counting, ...loads.map((load) => load.loadId)]
  if (loadIds.length < 2) return
  const reader = await readerOf(deps, counting, loads, signal)
  for (const shared of await suspects(reader, { ...place, loadIds, counting: new Set(counting) }, loads)) {
    const [equal] = await reader.rows<{ requests: number }>(equalRequestsSql, shared)
    const requests = equal?.requests ?? 0
    if (requests < requestsMin) continue
    const others = await reader.rows<{ loadId: number }>(overlappingLoadsSql, shared)
    const batchIds = await batchesOf(
      deps.database,
      others.map((one) => one.loadId),
    )
    overlaps.found.set(shared.loadId, { requests, batchIds })
  }
}

/** Runs a statement over digests of the columns that all of the loads have kept. */
type Reader = { rows<Row>(sql: string, parameters: Parameters): Promise<Row[]> }

async function readerOf(
  deps: Deps,
  counting: readonly number[],
  loads: readonly WrittenLoad[],
  signal: AbortSignal,
): Promise<Reader> {
  const [first] = loads
  const written = loads.map((load) => load.figures)
  const { requestsInBuckets, secrets } = await digestsOf(deps, counting, written)
  const queryId = `${loadQueryId(first?.loadId ?? 0)}-overlap`
  const run = { queryId, signal, settings: spillSettings, ...(secrets ? { secrets } : {}) }
  return {
    rows: (sql, parameters) =>
      deps.warehouse.rows(
        sql.replaceAll('/*requests_in_buckets*/', () => requestsInBuckets),
        parameters,
        run,
      ),
  }
}

/** Loads that share requests with other loads, each with those loads. Most loads share no bucket. */
async function suspects(
  reader: Reader,
  all: Compared & { counting: Set<number> },
  loads: readonly WrittenLoad[],
): Promise<Shared[]> {
  const compared = loads.filter((load) => load.file.batch.delivery === 'file').map((load) => load.loadId)
  const buckets = { firstBucket: bucketOf(all.firstMs), lastBucket: bucketOf(all.lastMs) }
  const parameters = { loadIds: all.loadIds, newLoadIds: compared, ...buckets }
  const rows = await reader.rows<Shared>(sharedBucketsSql, parameters)
  const shared = rows
    .map((row) => ({ ...row, loadIds: row.loadIds.filter((id) => all.counting.has(id) || id <= row.loadId) }))
    .filter((row) => row.loadIds.length > 1)
  if (shared.length === 0) return []
  const together = {
    loadIds: [...new Set(shared.flatMap((row) => row.loadIds))],
    domains: [...new Set(shared.flatMap((row) => row.domains))],
    firstBucket: Math.min(...shared.map((row) => row.firstBucket)),
    lastBucket: Math.max(...shared.map((row) => row.lastBucket)),
  }
  const repeated = await reader.rows<{ loadId: number; requests: number }>(repeatedRequestsSql, together)
  const many = new Set(repeated.filter((row) => row.requests >= requestsMin).map((row) => row.loadId))
  return shared.filter((row) => many.has(row.loadId))
}

const bucketOf = (timeMs: number) => (Math.floor(timeMs / bucketMs) * bucketMs) / 1000

/** Batches of the loads, in the loads' order. */
async function batchesOf(database: Database, loadIds: number[]): Promise<number[]> {
  const rows = await database.queries
    .selectFrom('load')
    .select(['load_id', 'batch_id'])
    .where('load_id', 'in', loadIds)
    .execute()
  return loadIds.flatMap((id) => rows.find((row) => row.load_id === id)?.batch_id ?? [])
}

/** The error of a load that may not count; null when it may. */
export function overlapError(batch: BatchRow, overlap: Overlap | undefined): AppError | null {
  if (!overlap || batch.overlap === 'accept' || batch.force === 1) return null
  const { requests, batchIds } = overlap
  const named = `batch${batchIds.length > 1 ? 'es' : ''} ${batchIds.join(', ')}`
  return new AppError(
    'FLUXPORT.0106',
    `${requests} of its requests are loaded already from another file of the same source: ${named}. ` +
      'Forget what this one replaces first; or, if it is of another server, give each server a source of its own, ' +
      'or load it all the same with --overlap accept.',
  )
}

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
const equalByLoadSql = sqlFile(import.meta.url, './equal-by-load.sql')

/** Requests of a load that other files have loaded already, and the batches that have most of them. */
export type Overlap = {
  requests: number
  batchIds: number[]
  /** Its requests that no other load has. */
  newRequests: number
  /** Loaded deliveries of the same file, if it has all of their requests and hardly any of another file; else none. */
  replaces: number[]
}

/** Overlaps by load id, and the loads compared. */
export type Overlaps = { found: Map<number, Overlap>; compared: Compared[] }

/** Fewer equal requests are chance, */
const requestsMin = 10
/** unless they are all that one of the two files has. */
const wholeMin = 3

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
    const load = loads.find(({ loadId }) => loadId === shared.loadId)
    const overlap = load && (await overlapOf(deps, reader, shared, load))
    if (overlap) overlaps.found.set(shared.loadId, overlap)
  }
}

async function overlapOf(
  { database }: Deps,
  reader: Reader,
  shared: Shared,
  { file, figures }: WrittenLoad,
): Promise<Overlap | null> {
  const [equal] = await reader.rows<{ requests: number }>(equalRequestsSql, shared)
  const requests = equal?.requests ?? 0
  if (requests < wholeMin) return null
  const found = await reader.rows<{ loadId: number; requests: number }>(equalByLoadSql, shared)
  const ofAll = found.find(({ loadId }) => loadId === 0)?.requests ?? 0
  const others = await batchesOf(
    database,
    found.filter(({ loadId }) => loadId !== 0),
  )
  const own = figures.requests ?? 0
  const held = others.filter(({ equal, requests: all }) => equal >= wholeMin && equal === all)
  if (requests < requestsMin && held.length === 0 && ofAll !== own) return null
  const isOfFile = held.filter(({ name, delivery }) => delivery === 'file' && name === file.batch.name)
  const isReplaced = others.every((one) => isOfFile.includes(one) || one.equal < requestsMin)
  return {
    requests,
    batchIds: others.map(({ id }) => id),
    newRequests: own - ofAll,
    replaces: isReplaced ? isOfFile.map(({ id }) => id) : [],
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
  const many = new Set(repeated.filter((row) => row.requests >= wholeMin).map((row) => row.loadId))
  return shared.filter((row) => many.has(row.loadId))
}

const bucketOf = (timeMs: number) => (Math.floor(timeMs / bucketMs) * bucketMs) / 1000

/** Batches of the loads, in the loads' order, each with how many of its requests are equal. */
async function batchesOf(database: Database, loads: readonly { loadId: number; requests: number }[]) {
  const rows = await database.queries
    .selectFrom('load')
    .innerJoin('batch', 'batch.id', 'load.batch_id')
    .select(['load.load_id', 'batch.id', 'batch.name', 'batch.delivery', 'batch.requests'])
    .where(
      'load.load_id',
      'in',
      loads.map(({ loadId }) => loadId),
    )
    .execute()
  return loads.flatMap(({ loadId, requests }) => {
    const row = rows.find((one) => one.load_id === loadId)
    return row ? [{ ...row, equal: requests }] : []
  })
}

/** Requests of a load count already. `figures` says of its batch how many it has, and how many of them are equal. */
export class Overlapping extends AppError {
  readonly figures: Pick<BatchRow, 'requests' | 'first_time_ms' | 'last_time_ms' | 'overlap_requests'>

  constructor({ figures }: WrittenLoad, { requests, batchIds, newRequests }: Overlap) {
    const named = `batch${batchIds.length > 1 ? 'es' : ''} ${batchIds.join(', ')}`
    const own = figures.requests ?? 0
    super(
      'FLUXPORT.0106',
      `${requests} of its ${own} requests are loaded already from another file of the same source: ${named}. ` +
        'Forget what this one replaces first; or, if it is of another server, give each server a source of its own, ' +
        'or load it all the same with --overlap accept.',
    )
    const { first_time_ms, last_time_ms } = figures
    this.figures = { requests: own, first_time_ms, last_time_ms, overlap_requests: own - newRequests }
  }
}

/** True if a load with an overlap counts all the same, because its sender said so. */
export const isAccepted = ({ overlap, force }: BatchRow): boolean => overlap === 'accept' || force === 1

/** The error of a load that may not count by itself; null when it may. */
export function overlapError(load: WrittenLoad, overlap: Overlap | undefined): Overlapping | null {
  return overlap && !isAccepted(load.file.batch) ? new Overlapping(load, overlap) : null
}

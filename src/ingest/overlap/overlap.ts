import type { Database } from '../../database/database.ts'
import type { BatchRow } from '../../database/schema.ts'
import { AppError } from '../../errors.ts'
import { fillSlots, sqlFile } from '../../sql-file.ts'
import { type Run, spillSettings, type Warehouse } from '../../warehouse/warehouse.ts'
import { beginningsOf } from '../known-content.ts'
import type { WrittenLoad } from '../record-loads.ts'
import { loadQueryId } from '../write-load.ts'
import { type Compared, loadsThere, type Place, timesOf } from './compared.ts'

const sharedBucketsSql = sqlFile(import.meta.url, './shared-buckets.sql')
const requestsInBuckets = sqlFile(import.meta.url, './requests-in-buckets.sql')
const withRequests = (name: string) =>
  fillSlots(sqlFile(import.meta.url, name), { requests_in_buckets: requestsInBuckets })
const repeatedRequestsSql = withRequests('./repeated-requests.sql')
const equalRequestsSql = withRequests('./equal-requests.sql')
const overlappingLoadsSql = withRequests('./overlapping-loads.sql')

/** Requests of a load that are loaded already in other files, and the batches that have most of them. */
export type Overlap = { requests: number; batchIds: number[] }

/** What was found of loads, by their ids; and what they were compared with. */
export type Overlaps = { found: Map<number, Overlap>; compared: Compared[] }

/** Fewer equal requests are chance. */
const requestsMin = 10

type Deps = { database: Database; warehouse: Warehouse }
type Shared = { loadId: number; loadIds: number[]; firstBucket: number; lastBucket: number; domains: string[] }

/**
 * Finds out which written loads, that do not count yet, have the same requests as loads of their source that do, or as
 * earlier ones of `loads`: the log was cut anew, or merged with another one. Lines are compared as what they say, 5 minutes
 * of a domain at a time. A push is new by definition, and so is what has been added to a file.
 */
export async function findOverlaps(deps: Deps, loads: readonly WrittenLoad[], signal: AbortSignal): Promise<Overlaps> {
  const overlaps: Overlaps = { found: new Map(), compared: [] }
  for (const source of new Set(loads.map((load) => load.file.batch.source))) {
    const ofSource = loads.filter((load) => load.file.batch.source === source)
    const times = timesOf(ofSource)
    const isCompared = ofSource.some((load) => load.file.batch.delivery === 'file')
    if (!times || !isCompared) continue
    const exceptBatches = ofSource.flatMap(ownBatches)
    await findOfSource(deps, overlaps, { source, ...times, exceptBatches }, ofSource, signal)
  }
  return overlaps
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
  const [first] = loads
  const run = { queryId: `${loadQueryId(first?.loadId ?? 0)}-overlap`, signal, settings: spillSettings }
  for (const shared of await suspects(deps.warehouse, { ...place, loadIds, counting: new Set(counting) }, loads, run)) {
    const [equal] = await deps.warehouse.rows<{ requests: number }>(equalRequestsSql, shared, run)
    const requests = equal?.requests ?? 0
    if (requests < requestsMin) continue
    const others = await deps.warehouse.rows<{ loadId: number }>(overlappingLoadsSql, shared, run)
    const batchIds = await batchesOf(
      deps.database,
      others.map((one) => one.loadId),
    )
    overlaps.found.set(shared.loadId, { requests, batchIds })
  }
}

/** Loads that have requests which another load has as well, each with those other loads. Most loads share no bucket. */
async function suspects(
  warehouse: Warehouse,
  all: Compared & { counting: Set<number> },
  loads: readonly WrittenLoad[],
  run: Run,
): Promise<Shared[]> {
  const compared = loads.filter((load) => load.file.batch.delivery === 'file').map((load) => load.loadId)
  const buckets = { firstBucket: bucketOf(all.firstMs), lastBucket: bucketOf(all.lastMs) }
  const parameters = { loadIds: all.loadIds, newLoadIds: compared, ...buckets }
  const rows = await warehouse.rows<Shared>(sharedBucketsSql, parameters, run)
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
  const repeated = await warehouse.rows<{ loadId: number; requests: number }>(repeatedRequestsSql, together, run)
  const many = new Set(repeated.filter((row) => row.requests >= requestsMin).map((row) => row.loadId))
  return shared.filter((row) => many.has(row.loadId))
}

const bucketOf = (timeMs: number) => Math.floor(timeMs / 300_000) * 300

/** In the order of the loads. */
async function batchesOf(database: Database, loadIds: number[]): Promise<number[]> {
  const rows = await database.queries
    .selectFrom('load')
    .select(['load_id', 'batch_id'])
    .where('load_id', 'in', loadIds)
    .execute()
  return loadIds.flatMap((id) => rows.find((row) => row.load_id === id)?.batch_id ?? [])
}

/** Why a load may not count, or null when it may. */
export function overlapError(batch: BatchRow, overlap: Overlap | undefined): AppError | null {
  if (!overlap || batch.overlap === 'accept' || batch.force === 1) return null
  const { requests, batchIds } = overlap
  const named = `batch${batchIds.length > 1 ? 'es' : ''} ${batchIds.join(', ')}`
  return new AppError(
    'FLUXPORT.0106',
    `${requests} of its requests are loaded already from another file of the same source: ${named}. ` +
      `Forget what this one replaces first, or load it all the same with --overlap accept.`,
  )
}

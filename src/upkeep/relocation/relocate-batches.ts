import { randomUUID } from 'node:crypto'
import type { Transaction } from 'kysely'
import { domainsOfLoads } from '../../ingest/identify/told-domains.ts'
import { copyRows, differingCopies } from '../../ledger/copy-rows.ts'
import { firstLoadableMs, readFloors } from '../../ledger/floors.ts'
import { beginCopies, type LoadCopy, replaceLoads } from '../../ledger/load-copies.ts'
import { abandonLoads } from '../../ledger/loads.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Tables } from '../../ports/database/schema.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import type { UnknownClientArea } from '../../statistics/service-areas.ts'
import { countMoved, relocatedRequests } from './relocated-requests.ts'
import { type BatchToRelocate, type RelocationProblem, type RelocationStep, recordStep } from './relocation-store.ts'

export type RelocateDeps = {
  database: Database
  warehouse: Warehouse
  owner: string
  unknownClientArea: UnknownClientArea
}

/** Findings about batches before any of them counts. */
type Looked = {
  batches: readonly BatchToRelocate[]
  /** Moved requests by load; a load without an entry was not looked up, or has no requests any more. */
  moved: ReadonlyMap<number, number>
  /** Copies that are written and correct. */
  copies: readonly LoadCopy[]
  /** Domains with requests in the copies. */
  domains: readonly string[]
  /** Batches that were not looked up. */
  problems: Map<number, RelocationProblem>
}

/**
 * Looks batches up again in a version of the geographic data, and records it as a step of their relocation, in one
 * transaction. Loads with moved requests are written again under new load ids, and the copies count from then on. If
 * nothing has moved, only the batch's version is updated. A kill before the transaction leaves copies that nobody
 * reads.
 * @throws RelocationEnded when it was canceled meanwhile, and nothing is changed then
 */
export async function relocateBatches(
  deps: RelocateDeps,
  relocationId: number,
  batches: readonly BatchToRelocate[],
  version: number,
  signal: AbortSignal,
): Promise<void> {
  const { database, warehouse, owner } = deps
  const problems = new Map<number, RelocationProblem>()
  const kept = await keptOf(deps, batches, problems)
  const run = { queryId: `fluxport-relocation-${relocationId}-${randomUUID()}`, signal }
  const moved = await countMoved(deps, version, kept, run)
  const moving = kept.filter(({ loadId }) => (moved.get(loadId) ?? 0) > 0)
  const begun = await beginCopies(database, moving, owner)
  const begunIds = begun.map(({ copyId }) => copyId)
  try {
    // Checked again now that the copies have ids: a later drop waits for them (retention/sweep.ts).
    const stillKept = await keptOf(deps, moving, problems)
    const copies = begun.filter(({ loadId }) => stillKept.some((batch) => batch.loadId === loadId))
    await copyRows(warehouse, copies, relocatedRequests(version, stillKept, deps.unknownClientArea), signal)
    const expected = new Map(moving.map((batch) => [batch.loadId, batch]))
    const differing = await differingCopies(warehouse, copies, expected, signal)
    const right = copies.filter((copy) => !differing.includes(copy))
    const domains = await domainsOfLoads(
      warehouse,
      right.map(({ copyId }) => copyId),
    )
    await database.write(async (tx) => {
      const step = await letCount(tx, version, { batches, moved, copies: right, domains, problems: new Map(problems) })
      await recordStep(tx, database, relocationId, step)
      await abandonLoads(tx, begunIds)
    })
  } catch (error) {
    await database.write((tx) => abandonLoads(tx, begunIds))
    throw error
  }
}

/**
 * Batches whose requests are all kept. Other batches' older part could not be looked up, and would be missing in a
 * copy.
 */
async function keptOf<B extends BatchToRelocate>(
  { database }: RelocateDeps,
  batches: readonly B[],
  problems: Map<number, RelocationProblem>,
): Promise<B[]> {
  const firstMs = firstLoadableMs(await readFloors(database.queries))
  return batches.filter(({ batchId, firstTimeMs }) => {
    if (firstTimeMs < firstMs) problems.set(batchId, 'requests_not_kept')
    return firstTimeMs >= firstMs
  })
}

/** The one step of the data version in which copies begin to count, and batches get the version. */
async function letCount(tx: Transaction<Tables>, version: number, looked: Looked): Promise<RelocationStep> {
  const { batches, moved, copies, domains, problems } = looked
  const replaced = (await replaceLoads(tx, copies, domains)).map(({ loadId }) => loadId)
  const others = batches.filter(({ batchId, loadId }) => !replaced.includes(loadId) && !problems.has(batchId))
  const counting = await visibleOf(tx, others)
  for (const { batchId, loadId } of others) {
    if (!counting.includes(loadId)) problems.set(batchId, 'no_longer_counts')
    else if (moved.get(loadId) !== 0) problems.set(batchId, 'does_not_add_up')
  }
  const done = batches.filter(({ batchId }) => !problems.has(batchId)).map(({ batchId }) => batchId)
  if (done.length > 0) await tx.updateTable('batch').set({ geo_version: version }).where('id', 'in', done).execute()
  return {
    lastBatchId: Math.max(...batches.map(({ batchId }) => batchId)),
    done: done.length,
    requests: batches.reduce((sum, batch) => sum + batch.requests, 0),
    moved: replaced.reduce((sum, loadId) => sum + (moved.get(loadId) ?? 0), 0),
    problems: [...problems],
  }
}

/** Ids of those loads that count. */
async function visibleOf(tx: Transaction<Tables>, loads: readonly BatchToRelocate[]): Promise<number[]> {
  if (loads.length === 0) return []
  const loadIds = loads.map(({ loadId }) => loadId)
  const rows = await tx
    .selectFrom('load')
    .select('load_id')
    .where('load_id', 'in', loadIds)
    .where('state', '=', 'visible')
    .execute()
  return rows.map((load) => load.load_id)
}

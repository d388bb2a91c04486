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
import { countMoved, relocatedRequests } from './relocated-requests.ts'
import { type BatchToRelocate, type RelocationProblem, type RelocationStep, recordStep } from './relocation-store.ts'

export type RelocateDeps = { database: Database; warehouse: Warehouse; owner: string }

/** What was found out about batches before any of it counts. */
type Looked = {
  batches: readonly BatchToRelocate[]
  /** Requests that are elsewhere now, by load; without an entry it was not looked at, or has no requests any more. */
  moved: ReadonlyMap<number, number>
  /** Copies that are written and right. */
  copies: readonly LoadCopy[]
  /** That the copies tell of. */
  domains: readonly string[]
  /** Batches that were not looked up. */
  problems: Map<number, RelocationProblem>
}

/**
 * Looks batches up again in a version of the geographic data, and records it as a step of their relocation, in one
 * transaction: what is elsewhere is written again under new load ids and counts instead from then on, and where nothing has
 * moved the batch remembers the version alone. A kill before leaves copies that nobody reads.
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
  const moved = await countMoved(warehouse, version, kept, run)
  const moving = kept.filter(({ loadId }) => (moved.get(loadId) ?? 0) > 0)
  const begun = await beginCopies(database, moving, owner)
  const begunIds = begun.map(({ copyId }) => copyId)
  try {
    // Again, now that the copies have ids: what is dropped from here on waits for them (retention/sweep.ts).
    const stillKept = await keptOf(deps, moving, problems)
    const copies = begun.filter(({ loadId }) => stillKept.some((batch) => batch.loadId === loadId))
    await copyRows(warehouse, copies, relocatedRequests(version, stillKept), signal)
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

/** Batches of which every request is kept. The others' older part could not be looked up, and would not be in a copy. */
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

/** The one step of the data version in which copies count, and batches remember the version. */
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

/** Those of some loads that count. */
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

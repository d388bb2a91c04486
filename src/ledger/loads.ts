import type { Transaction } from 'kysely'
import { ownersChanged } from '../accounts/account-version.ts'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { Tables } from '../ports/database/schema.ts'
import { freeKeys } from './push-keys.ts'

/**
 * The ledger: which loads count. It alone decides; rows of other loads may lie in the warehouse, before they count or
 * after, and no query sees them.
 */

/** Begins a load of a batch: rows written under its id do not count until `makeVisible`. */
export async function beginLoad(database: Database, batchId: number): Promise<number> {
  const [loadId] = await beginLoads(database, [batchId])
  return loadId as number
}

/** Begins a load of each of some batches. @returns their ids, ascending, in the batches' order */
export function beginLoads(database: Database, batchIds: readonly number[]): Promise<number[]> {
  return database.write(async (tx) => {
    const loadIds: number[] = []
    for (const batchId of batchIds) loadIds.push(await insertPending(tx, batchId, null))
    await tx
      .updateTable('batch')
      .set((eb) => ({ state: 'loading', attempts: eb('attempts', '+', 1), updated_at_ms: database.nowMs }))
      .where('id', 'in', [...batchIds])
      .execute()
    return loadIds
  })
}

/** A new load of a batch, or a copy of one (load-copies.ts). @returns its id */
export async function insertPending(
  tx: Transaction<Tables>,
  batchId: number,
  copy: { copiedBy: string; countsAs: number } | null,
): Promise<number> {
  const loadId = await nextValue(tx, 'load')
  const of = { copied_by: copy?.copiedBy ?? null, counts_as: copy?.countsAs ?? null }
  const begun = { visible_version: null, forgotten_version: null, roll_up: 'none', ...of } as const
  await tx
    .insertInto('load')
    .values({ load_id: loadId, batch_id: batchId, state: 'pending', ...begun })
    .execute()
  return loadId
}

/** Makes a load count, and those it replaces not, in one step of the data version. */
export const makeVisible = (tx: Transaction<Tables>, loadId: number, superseded: readonly number[]): Promise<void> =>
  makeAllVisible(tx, [loadId], superseded)

/** Makes loads count, and those they replace not, in one step of the data version: all of them or none. */
export async function makeAllVisible(
  tx: Transaction<Tables>,
  loadIds: readonly number[],
  superseded: readonly number[],
): Promise<void> {
  const dataVersion = await nextValue(tx, 'data_version')
  await showPending(tx, loadIds, dataVersion)
  for (const batchId of superseded) await hideBatch(tx, batchId, dataVersion)
}

/** Lets pending loads count from a data version on. @throws Error when one is not pending, and nothing may be changed then */
export async function showPending(
  tx: Transaction<Tables>,
  loadIds: readonly number[],
  dataVersion: number,
): Promise<void> {
  const moved = await tx
    .updateTable('load')
    .set({ state: 'visible', visible_version: dataVersion })
    .where('load_id', 'in', [...loadIds])
    .where('state', '=', 'pending')
    .executeTakeFirst()
  if (moved.numUpdatedRows !== BigInt(loadIds.length))
    throw new Error(`load ${loadIds.join(' or ')} is not pending any more`)
}

/** The batch does not count: nothing is to be changed, the data version neither. */
class NothingToForget extends Error {}

/**
 * Ends the contribution of a batch in one step.
 * @param domains that it tells of (told-domains.ts): their owners' data change
 * @returns false when the batch does not count now
 */
export async function forgetBatch(
  database: Database,
  batchId: number,
  domains: readonly string[] = [],
): Promise<boolean> {
  try {
    await database.write(async (tx) => {
      const dataVersion = await nextValue(tx, 'data_version')
      if (!(await hideBatch(tx, batchId, dataVersion))) throw new NothingToForget()
      await ownersChanged(tx, domains)
    })
    return true
  } catch (error) {
    if (error instanceof NothingToForget) return false
    throw error
  }
}

async function hideBatch(tx: Transaction<Tables>, batchId: number, dataVersion: number): Promise<boolean> {
  await tx
    .updateTable('load')
    .set({ state: 'forgotten', forgotten_version: dataVersion })
    .where('batch_id', '=', batchId)
    .where('state', '=', 'visible')
    .execute()
  // A forgotten batch's bytes, or its key, may be sent again; and so may what was answered with "loaded already" for it.
  const forgotten = await tx
    .updateTable('batch')
    .set({ state: 'forgotten', idempotency_key: null })
    .where('id', '=', batchId)
    .where('state', '=', 'loaded')
    .executeTakeFirst()
  if (forgotten.numUpdatedRows > 0n) await freeKeys(tx, batchId)
  await tx
    .updateTable('batch')
    .set({ idempotency_key: null })
    .where('duplicate_of', '=', batchId)
    .where('state', '=', 'duplicate')
    .execute()
  return forgotten.numUpdatedRows > 0n
}

/**
 * Takes a load's name out again: rows of it are there though they were said to be removed, or nobody knew them. They are
 * removed once no export that runs may read them.
 */
export async function forgetUnknown(tx: Transaction<Tables>, loadId: number): Promise<void> {
  const dataVersion = await nextValue(tx, 'data_version')
  await tx
    .updateTable('load')
    .set({ state: 'forgotten', forgotten_version: dataVersion, roll_up: 'none' })
    .where('load_id', '=', loadId)
    .where('state', 'in', ['purged', 'unknown'])
    .execute()
}

/** Gives a load up: its rows will never count, and are removed when the warehouse has time. */
export const abandonLoad = (tx: Transaction<Tables>, loadId: number): Promise<void> => abandonLoads(tx, [loadId])

/** Gives up several. */
export async function abandonLoads(tx: Transaction<Tables>, loadIds: readonly number[]): Promise<void> {
  if (loadIds.length === 0) return
  await tx
    .updateTable('load')
    .set({ state: 'dead' })
    .where('load_id', 'in', [...loadIds])
    .where('state', '=', 'pending')
    .execute()
}

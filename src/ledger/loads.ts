import type { Transaction } from 'kysely'
import { ownersChanged } from '../accounts/account-version.ts'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { Tables } from '../ports/database/schema.ts'
import { endKeptLogs } from './kept-logs.ts'
import { freeKeys } from './push-keys.ts'

/**
 * The ledger alone decides which loads count. Rows of other loads may lie in the warehouse, before they count or after,
 * and no query sees them.
 */

/** Begins a load of a batch: rows written under its id do not count until `makeVisible`. */
export async function beginLoad(database: Database, batchId: number): Promise<number> {
  const [loadId] = await beginLoads(database, [batchId])
  return loadId as number
}

/** Begins one load of each batch. @returns their ids, ascending, in the batches' order */
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

/** Makes a load count, and ends the batches that it replaces, in one step of the data version. */
export const makeVisible = (tx: Transaction<Tables>, loadId: number, superseded: readonly number[]): Promise<void> =>
  makeAllVisible(tx, [loadId], superseded)

/** Makes loads count, and ends the batches that they replace, in one step of the data version: all or none. */
export async function makeAllVisible(
  tx: Transaction<Tables>,
  loadIds: readonly number[],
  superseded: readonly number[],
): Promise<void> {
  const dataVersion = await nextValue(tx, 'data_version')
  await showPending(tx, loadIds, dataVersion)
  for (const batchId of superseded) await hideBatch(tx, batchId, dataVersion)
}

/**
 * Makes pending loads count from a data version on.
 * @throws Error when one is not pending; the caller must roll back
 */
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

/** The batch does not count: the transaction must roll back, so that the data version stays too. */
class NothingToForget extends Error {}

/**
 * Ends the contribution of a batch in one step.
 * @param domains that have requests in the batch (told-domains.ts): their owners' data change
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

/** Ends what a batch contributes, within a step of the data version. @returns false when it does not count */
export async function hideBatch(tx: Transaction<Tables>, batchId: number, dataVersion: number): Promise<boolean> {
  await tx
    .updateTable('load')
    .set({ state: 'forgotten', forgotten_version: dataVersion })
    .where('batch_id', '=', batchId)
    .where('state', '=', 'visible')
    .execute()
  // A forgotten batch's bytes and key may be sent again. So may deliveries that were answered as its duplicates.
  const forgotten = await tx
    .updateTable('batch')
    .set({ state: 'forgotten', idempotency_key: null })
    .where('id', '=', batchId)
    .where('state', '=', 'loaded')
    .executeTakeFirst()
  if (forgotten.numUpdatedRows > 0n) await freeKeys(tx, batchId)
  await endKeptLogs(tx, batchId)
  await tx
    .updateTable('batch')
    .set({ idempotency_key: null })
    .where('duplicate_of', '=', batchId)
    .where('state', '=', 'duplicate')
    .execute()
  return forgotten.numUpdatedRows > 0n
}

/**
 * Marks a load as forgotten again whose rows exist, though the ledger took them for removed or did not know them. They
 * are removed once no running export may read them.
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

/** As `abandonLoad`, for several loads. */
export async function abandonLoads(tx: Transaction<Tables>, loadIds: readonly number[]): Promise<void> {
  if (loadIds.length === 0) return
  await tx
    .updateTable('load')
    .set({ state: 'dead' })
    .where('load_id', 'in', [...loadIds])
    .where('state', '=', 'pending')
    .execute()
}

import type { Transaction } from 'kysely'
import { type Database, nextValue } from '../database/database.ts'
import type { Tables } from '../database/schema.ts'

/**
 * The ledger: which loads count. It alone decides; rows of other loads may lie in the warehouse, before they count or
 * after, and no query sees them.
 */

/** One state of the data: every query of a task uses the same one. */
export type DataVersion = { dataVersion: number; loadIdMax: number; hiddenLoadIds: number[] }

/**
 * The state of the data now. Loads that begin later have higher ids; those on their way, given up, or forgotten but not
 * yet removed are named. The list is short: purging empties it.
 */
export async function pinDataVersion(database: Database, tx: Transaction<Tables>): Promise<DataVersion> {
  const counters = await database
    .lockAgainstWriters(tx.selectFrom('counter').selectAll().where('name', 'in', ['load', 'data_version']))
    .execute()
  const hidden = await tx
    .selectFrom('load')
    .select('load_id')
    .where('state', 'in', ['pending', 'dead', 'forgotten'])
    .orderBy('load_id')
    .execute()
  const counterNamed = (name: string) => counters.find((counter) => counter.name === name)?.value ?? 0
  return {
    dataVersion: counterNamed('data_version'),
    loadIdMax: counterNamed('load'),
    hiddenLoadIds: hidden.map((load) => load.load_id),
  }
}

/** Begins a load of a batch: rows written under its id do not count until `makeVisible`. */
export function beginLoad(database: Database, batchId: number): Promise<number> {
  return database.write(async (tx) => {
    const loadId = await nextValue(tx, 'load')
    await tx
      .insertInto('load')
      .values({ load_id: loadId, batch_id: batchId, state: 'pending', visible_version: null, forgotten_version: null })
      .execute()
    await tx
      .updateTable('batch')
      .set((eb) => ({ state: 'loading', attempts: eb('attempts', '+', 1), updated_at_ms: database.nowMs }))
      .where('id', '=', batchId)
      .execute()
    return loadId
  })
}

/** Makes a load count, and those it replaces not, in one step of the data version. */
export async function makeVisible(tx: Transaction<Tables>, loadId: number, superseded: readonly number[]) {
  const dataVersion = await nextValue(tx, 'data_version')
  const moved = await tx
    .updateTable('load')
    .set({ state: 'visible', visible_version: dataVersion })
    .where('load_id', '=', loadId)
    .where('state', '=', 'pending')
    .executeTakeFirst()
  if (moved.numUpdatedRows !== 1n) throw new Error(`load ${loadId} is not pending`)
  for (const batchId of superseded) await hideBatch(tx, batchId, dataVersion)
}

/** Ends the contribution of a batch in one step. @returns false when the batch does not count now */
export function forgetBatch(database: Database, batchId: number): Promise<boolean> {
  return database.write(async (tx) => {
    const dataVersion = await nextValue(tx, 'data_version')
    return await hideBatch(tx, batchId, dataVersion)
  })
}

async function hideBatch(tx: Transaction<Tables>, batchId: number, dataVersion: number) {
  const hidden = await tx
    .updateTable('load')
    .set({ state: 'forgotten', forgotten_version: dataVersion })
    .where('batch_id', '=', batchId)
    .where('state', '=', 'visible')
    .executeTakeFirst()
  // A forgotten batch's bytes, or its key, may come again.
  await tx
    .updateTable('batch')
    .set({ state: 'forgotten', idempotency_key: null })
    .where('id', '=', batchId)
    .where('state', '=', 'loaded')
    .execute()
  return hidden.numUpdatedRows > 0n
}

/** Gives a load up: its rows will never count, and are removed when the warehouse has time. */
export async function abandonLoad(tx: Transaction<Tables>, loadId: number): Promise<void> {
  await tx
    .updateTable('load')
    .set({ state: 'dead' })
    .where('load_id', '=', loadId)
    .where('state', '=', 'pending')
    .execute()
}

/**
 * Loads whose rows may be removed: given up, or forgotten before the data version of every export that runs.
 * An export that pinned an older version still reads them.
 */
export async function purgeableLoads(database: Database): Promise<number[]> {
  // In this order: an export that pinned a version before one of these loads was forgotten is recorded by now.
  const rows = await database.queries
    .selectFrom('load')
    .select(['load_id', 'state', 'forgotten_version'])
    .where('state', 'in', ['dead', 'forgotten'])
    .execute()
  const oldest = await database.queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.min('data_version').as('dataVersion'))
    .where('state', '=', 'processing')
    .executeTakeFirst()
  const pinned = oldest?.dataVersion ?? Number.POSITIVE_INFINITY
  return rows
    .filter((load) => load.state === 'dead' || (load.forgotten_version ?? 0) <= pinned)
    .map((load) => load.load_id)
}

/** Records that nothing of these loads is left in the warehouse. */
export async function markPurged(database: Database, loadIds: readonly number[]): Promise<void> {
  await database.queries
    .updateTable('load')
    .set({ state: 'purged' })
    .where('load_id', 'in', [...loadIds])
    .where('state', 'in', ['dead', 'forgotten'])
    .execute()
}

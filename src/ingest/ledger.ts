import type { Transaction } from 'kysely'
import { type Database, nextValue } from '../database/database.ts'
import type { Tables } from '../database/schema.ts'

/**
 * The ledger: which loads count. It alone decides; rows of other loads may lie in the warehouse, before they count or
 * after, and no query sees them.
 */

/**
 * One state of the data: every query of a task uses the same one. What loads that are not rolled up yet hold is read from
 * their requests instead. `changedAtMs` is when the data became this version; null before the first load.
 */
export type DataVersion = {
  dataVersion: number
  changedAtMs: number | null
  loadIdMax: number
  hiddenLoadIds: number[]
  loadIdsToRollUp: number[]
}

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
  const toRollUp = await tx
    .selectFrom('load')
    .select('load_id')
    .where('state', '=', 'visible')
    .where('roll_up', '<>', 'done')
    .orderBy('load_id')
    .execute()
  const counterNamed = (name: string) => counters.find((counter) => counter.name === name)
  return {
    dataVersion: counterNamed('data_version')?.value ?? 0,
    changedAtMs: counterNamed('data_version')?.changed_at_ms ?? null,
    loadIdMax: counterNamed('load')?.value ?? 0,
    hiddenLoadIds: hidden.map((load) => load.load_id),
    loadIdsToRollUp: toRollUp.map((load) => load.load_id),
  }
}

/** Begins a load of a batch: rows written under its id do not count until `makeVisible`. */
export function beginLoad(database: Database, batchId: number): Promise<number> {
  return database.write(async (tx) => {
    const loadId = await nextValue(tx, 'load')
    await tx
      .insertInto('load')
      .values({
        load_id: loadId,
        batch_id: batchId,
        state: 'pending',
        visible_version: null,
        forgotten_version: null,
        roll_up: 'none',
      })
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

/** The batch does not count: nothing is to be changed, the data version neither. */
class NothingToForget extends Error {}

/** Ends the contribution of a batch in one step. @returns false when the batch does not count now */
export async function forgetBatch(database: Database, batchId: number): Promise<boolean> {
  try {
    await database.write(async (tx) => {
      const dataVersion = await nextValue(tx, 'data_version')
      if (!(await hideBatch(tx, batchId, dataVersion))) throw new NothingToForget()
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
  // A forgotten batch's bytes, or its key, may come again; and so may what was answered with "loaded already" for it.
  const forgotten = await tx
    .updateTable('batch')
    .set({ state: 'forgotten', idempotency_key: null })
    .where('id', '=', batchId)
    .where('state', '=', 'loaded')
    .executeTakeFirst()
  await tx
    .updateTable('batch')
    .set({ idempotency_key: null })
    .where('duplicate_of', '=', batchId)
    .where('state', '=', 'duplicate')
    .execute()
  return forgotten.numUpdatedRows > 0n
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
    .where('roll_up', '<>', 'running') // rows of it may still come
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

/**
 * Takes the oldest load that counts and is not rolled up, and marks it as on its way; one that a killed process left so is
 * taken again. Loads of other data directories are theirs to roll up.
 */
export function beginRollUp(database: Database, owner: string): Promise<number | null> {
  return database.write(async (tx) => {
    const next = await tx
      .selectFrom('load')
      .innerJoin('batch', 'batch.id', 'load.batch_id')
      .select('load.load_id')
      .where('load.state', '=', 'visible')
      .where('load.roll_up', '<>', 'done')
      .where('batch.owner', '=', owner)
      .orderBy('load.load_id')
      .limit(1)
      .executeTakeFirst()
    if (!next) return null
    const taken = await tx
      .updateTable('load')
      .set({ roll_up: 'running' })
      .where('load_id', '=', next.load_id)
      .where('state', '=', 'visible')
      .executeTakeFirst()
    return taken.numUpdatedRows === 1n ? next.load_id : null
  })
}

/** Ends a roll-up. `done` only when the rollups have all rows of the load. */
export async function endRollUp(database: Database, loadId: number, rollUp: 'none' | 'done'): Promise<void> {
  await database.queries.updateTable('load').set({ roll_up: rollUp }).where('load_id', '=', loadId).execute()
}

/** Roll-ups that this data directory's process was at when it was killed: nothing of them is running now. */
export async function resetRollUps(database: Database, owner: string): Promise<void> {
  await database.queries
    .updateTable('load')
    .set({ roll_up: 'none' })
    .where('roll_up', '=', 'running')
    .where('batch_id', 'in', (eb) => eb.selectFrom('batch').select('id').where('owner', '=', owner))
    .execute()
}

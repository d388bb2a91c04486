import type { Transaction } from 'kysely'
import { ownersChanged, readAccountVersion } from '../accounts/account-version.ts'
import { type Seen, seesEverything } from '../accounts/ownership.ts'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'
import { type Cadences, readCadences } from './cadences.ts'
import { freeKeys } from './push-keys.ts'

/**
 * The ledger: which loads count. It alone decides; rows of other loads may lie in the warehouse, before they count or
 * after, and no query sees them.
 */

/**
 * One state of the data: every query of a task uses the same one. What loads that are not rolled up yet hold is read from
 * their requests instead. `changedAtMs` is when the data became this version; null before the first load. `cadences` are what
 * is stated of sources, in this version. The first account, which may deliver for all, is the same in every version. `shownVersion` is what is told of `dataVersion`: to an account its own number, with
 * the time of its own last change. `seen` is what an account sees of its domains (accounts/ownership.ts).
 */
export type DataVersion = {
  dataVersion: number
  shownVersion: number
  changedAtMs: number | null
  seen: Seen
  loadIdMax: number
  hiddenLoadIds: number[]
  loadIdsToRollUp: number[]
  cadences: Cadences
  firstAccountId: string
}

/**
 * The state of the data now. Loads that begin later have higher ids; those on their way, given up, or forgotten but not
 * yet removed are named. The list is short: purging empties it.
 * @param accountId who is told of it; without, the operator
 */
export async function pinDataVersion(
  database: Database,
  tx: Transaction<Tables>,
  accountId?: string,
): Promise<DataVersion> {
  await lockDataVersion(database, tx)
  const version = await readDataVersion(tx)
  return accountId === undefined ? version : await asShownTo(tx, version, accountId)
}

/** The same version, with the number and the time that an account is told. */
export async function asShownTo(queries: Queries, version: DataVersion, accountId: string): Promise<DataVersion> {
  const own = await readAccountVersion(queries, accountId)
  return own ? { ...version, shownVersion: own.version, changedAtMs: own.changedAtMs } : version
}

/** Nothing comes to count, or ceases to, until this transaction ends. */
export async function lockDataVersion(database: Database, tx: Transaction<Tables>): Promise<void> {
  await database
    .lockAgainstWriters(tx.selectFrom('counter').selectAll().where('name', 'in', ['load', 'data_version']))
    .execute()
}

/** The same of a transaction that sees one state anyway. */
export async function readDataVersion(tx: Transaction<Tables>): Promise<DataVersion> {
  const counters = await tx.selectFrom('counter').selectAll().where('name', 'in', ['load', 'data_version']).execute()
  const hidden = await tx
    .selectFrom('load')
    .select('load_id')
    .where('state', 'in', ['pending', 'dead', 'forgotten', 'unknown'])
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
  const dataVersion = counterNamed('data_version')?.value ?? 0
  return {
    dataVersion,
    shownVersion: dataVersion,
    seen: seesEverything,
    changedAtMs: counterNamed('data_version')?.changed_at_ms ?? null,
    loadIdMax: counterNamed('load')?.value ?? 0,
    hiddenLoadIds: hidden.map((load) => load.load_id),
    loadIdsToRollUp: toRollUp.map((load) => load.load_id),
    cadences: await readCadences(tx),
    firstAccountId: (await readFirstAccount(tx))?.id ?? '',
  }
}

const readFirstAccount = (tx: Transaction<Tables>) =>
  tx.selectFrom('account').select('id').where('is_first', '=', 1).executeTakeFirst()

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
  // A forgotten batch's bytes, or its key, may come again; and so may what was answered with "loaded already" for it.
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

import { dirname } from 'node:path/posix'
import type { ExpressionBuilder } from 'kysely'
import type { Artifacts } from '../artifacts/artifacts.ts'
import type { Database } from '../database/database.ts'
import type { Tables } from '../database/schema.ts'
import { hideTask, restingStates } from './change-task.ts'
import { idempotencyMs } from './create-task.ts'
import { leaseMs } from './task-store.ts'

/** How long a file is kept, and how long its task is listed, ms. */
export type Lifetimes = { fileMs: number; taskMs: number }

type House = { database: Database; artifacts: Artifacts }

/** Tasks looked at in one go: what is left is next second's. */
const atOnce = 100

/**
 * What time ends: files of tasks that succeeded long ago are removed, and tasks that ended longer ago. Safe to run at any
 * time, in several processes, and to be killed at: a file is removed after nothing points to it any more.
 * @throws what the first removal threw that failed, after all others were tried
 */
export async function keepHouse(house: House, lifetimes: Lifetimes): Promise<void> {
  const { database } = house
  await expireFiles(database, lifetimes.fileMs)
  await forgetOldTasks(database, lifetimes.taskMs)
  await database.queries
    .deleteFrom('export_idempotency')
    .where((eb) => eb('created_at_ms', '<=', eb(database.nowMs, '-', idempotencyMs)))
    .execute()
  const failures: unknown[] = []
  for (const remove of [...(await expiredFiles(house)), ...(await deletedTasks(house))])
    await remove().catch((error) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

async function expireFiles(database: Database, fileMs: number): Promise<void> {
  await database.queries
    .updateTable('export_task')
    .set({ state: 'expired', updated_at_ms: database.nowMs, state_since_ms: database.nowMs })
    .where('state', '=', 'success')
    .where((eb) => eb('state_since_ms', '<=', eb(database.nowMs, '-', fileMs)))
    .execute()
}

async function forgetOldTasks(database: Database, taskMs: number): Promise<void> {
  const isOld = (eb: ExpressionBuilder<Tables, 'export_task'>) =>
    eb.and([eb('state', 'in', restingStates), eb('state_since_ms', '<=', eb(database.nowMs, '-', taskMs))])
  const old = await database.queries
    .selectFrom('export_task')
    .select(['id', 'account_id'])
    .where(isOld)
    .limit(atOnce)
    .execute()
  // Looked at again: its owner may have made it try again meanwhile.
  for (const { id, account_id: accountId } of old) await hideTask(database, accountId, id, isOld)
}

async function expiredFiles({ database, artifacts }: House) {
  const expired = await database.queries
    .selectFrom('export_task')
    .select(['id', 'artifact_key as key'])
    .where('state', '=', 'expired')
    .where('artifact_key', 'is not', null)
    .limit(atOnce)
    .execute()
  return expired.map(({ id, key }) => async () => {
    await removeAttempt(artifacts, key ?? '')
    await database.queries
      .updateTable('export_task')
      .set({ artifact_key: null })
      .where('id', '=', id)
      .where('artifact_key', '=', key)
      .execute()
  })
}

/** One attempt's files and no other's: the task may have been made to try again. Until 0.1.0 an attempt was one file. */
async function removeAttempt(artifacts: Artifacts, key: string): Promise<void> {
  const place = dirname(key)
  await (place.includes('/') ? artifacts.removeUnder(place) : artifacts.remove(key))
}

/** A worker that had the task when it was deleted has noticed, or died, after the time of a lease. */
async function deletedTasks({ database, artifacts }: House) {
  const deleted = await database.queries
    .selectFrom('export_task')
    .select('id')
    .where('state', '=', 'deleted')
    .where((eb) => eb('state_since_ms', '<=', eb(database.nowMs, '-', 2 * leaseMs)))
    .limit(atOnce)
    .execute()
  return deleted.map(({ id }) => async () => {
    await artifacts.removeUnder(id)
    await database.queries.deleteFrom('export_task').where('id', '=', id).where('state', '=', 'deleted').execute()
  })
}

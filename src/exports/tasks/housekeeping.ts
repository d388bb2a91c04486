import { dirname } from 'node:path/posix'
import type { ExpressionBuilder } from 'kysely'
import type { Artifacts } from '../../ports/artifacts/artifacts.ts'
import type { Database } from '../../ports/database/database.ts'
import { taskHasEnded, taskHasLeftovers } from '../../ports/database/partial-indexes.ts'
import type { Tables } from '../../ports/database/schema.ts'
import { hideTask, restingStates } from './change-task.ts'
import { idempotencyMs } from './create-task.ts'
import { leaseMs } from './task-store.ts'

/** Lifetimes of a file, and of its task in lists, ms. */
export type Lifetimes = { fileMs: number; taskMs: number }

type House = { database: Database; artifacts: Artifacts }

/** Most tasks processed at once; the rest is left for the next second. */
const atOnce = 100

/**
 * Removes files of tasks that succeeded long ago, and tasks that ended longer ago. It may run at any time, in several
 * processes, and be killed at any point: a file is removed after nothing points to it any more.
 * @param findsLeftovers also searches expired tasks for files that an earlier run did not remove
 * @throws the error of the first failed removal, after all others were tried
 */
export async function keepHouse(house: House, lifetimes: Lifetimes, findsLeftovers = true): Promise<void> {
  const { database } = house
  const leftovers = findsLeftovers ? await expiredWithFiles(database) : []
  const expired = await expireFiles(database, lifetimes.fileMs)
  await forgetOldTasks(database, lifetimes.taskMs)
  await database.queries
    .deleteFrom('export_idempotency')
    .where((eb) => eb('created_at_ms', '<=', eb(database.nowMs, '-', idempotencyMs)))
    .execute()
  const failures: unknown[] = []
  for (const task of [...leftovers, ...expired]) await removeFiles(house, task).catch((error) => failures.push(error))
  for (const id of await deletedTasks(database)) await removeTask(house, id).catch((error) => failures.push(error))
  if (failures.length > 0) throw failures[0]
}

type WithFiles = { id: string; key: string | null }

/** Found first, then changed by id: in one statement SQLite would read every task that succeeded. */
async function expireFiles(database: Database, fileMs: number): Promise<WithFiles[]> {
  const old = await database.queries
    .selectFrom('export_task')
    .select('id')
    .where(taskHasEnded)
    .where('state', '=', 'success')
    .where((eb) => eb('state_since_ms', '<=', eb(database.nowMs, '-', fileMs)))
    .limit(atOnce)
    .execute()
  if (old.length === 0) return []
  const ids = old.map((task) => task.id)
  return await database.queries
    .updateTable('export_task')
    .set({ state: 'expired', updated_at_ms: database.nowMs, state_since_ms: database.nowMs })
    .where('id', 'in', ids)
    .where('state', '=', 'success')
    .returning(['id', 'artifact_key as key'])
    .execute()
}

const expiredWithFiles = (database: Database): Promise<WithFiles[]> =>
  database.queries
    .selectFrom('export_task')
    .select(['id', 'artifact_key as key'])
    .where(taskHasLeftovers)
    .limit(atOnce)
    .execute()

async function forgetOldTasks(database: Database, taskMs: number): Promise<void> {
  const isOld = (eb: ExpressionBuilder<Tables, 'export_task'>) =>
    eb.and([eb('state', 'in', restingStates), eb('state_since_ms', '<=', eb(database.nowMs, '-', taskMs))])
  const old = await database.queries
    .selectFrom('export_task')
    .select(['id', 'account_id'])
    .where(taskHasEnded)
    .where(isOld)
    .limit(atOnce)
    .execute()
  // The condition is checked again, because the owner may have retried the task meanwhile.
  for (const { id, account_id: accountId } of old) await hideTask(database, accountId, id, isOld)
}

async function removeFiles({ database, artifacts }: House, { id, key }: WithFiles): Promise<void> {
  if (key === null) return
  await removeAttempt(artifacts, key)
  await database.queries
    .updateTable('export_task')
    .set({ artifact_key: null })
    .where('id', '=', id)
    .where('artifact_key', '=', key)
    .execute()
}

/**
 * Removes only one attempt's files, because the task may have been retried. In older builds an attempt was one file.
 */
async function removeAttempt(artifacts: Artifacts, key: string): Promise<void> {
  const place = dirname(key)
  await (place.includes('/') ? artifacts.removeUnder(place) : artifacts.remove(key))
}

/** Deleted at least a lease ago: a worker that had the task has noticed by then, or died. */
async function deletedTasks(database: Database): Promise<string[]> {
  const rows = await database.queries
    .selectFrom('export_task')
    .select('id')
    .where(taskHasEnded)
    .where('state', '=', 'deleted')
    .where((eb) => eb('state_since_ms', '<=', eb(database.nowMs, '-', 2 * leaseMs)))
    .limit(atOnce)
    .execute()
  return rows.map((row) => row.id)
}

async function removeTask({ database, artifacts }: House, id: string): Promise<void> {
  await artifacts.removeUnder(id)
  await database.queries.deleteFrom('export_task').where('id', '=', id).where('state', '=', 'deleted').execute()
}

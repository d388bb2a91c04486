import { dirname } from 'node:path/posix'
import { type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import type { Artifacts } from '../../ports/artifacts/artifacts.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Tables } from '../../ports/database/schema.ts'
import { hideTask, restingStates } from './change-task.ts'
import { idempotencyMs } from './create-task.ts'
import { leaseMs } from './task-store.ts'

/** How long a file is kept, and how long its task is listed, ms. */
export type Lifetimes = { fileMs: number; taskMs: number }

type House = { database: Database; artifacts: Artifacts }

/** Tasks looked at in one go: what is left is next second's. */
const atOnce = 100

/** The words of the index over tasks that have ended: SQLite uses it for a query that says them. 200,000 tasks took 1 s. */
const hasEnded = sql<SqlBool>`state not in ('waiting', 'processing')`

/**
 * What time ends: files of tasks that succeeded long ago are removed, and tasks that ended longer ago. Safe to run at any
 * time, in several processes, and to be killed at: a file is removed after nothing points to it any more.
 * @param findsLeftovers also looks through every expired task for files that an earlier run did not come to remove: 60 ms
 *   for 100,000 of them on SQLite, in which nothing else runs
 * @throws what the first removal threw that failed, after all others were tried
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

/** Found first, then changed by id: in one statement SQLite would look at every task that succeeded. */
async function expireFiles(database: Database, fileMs: number): Promise<WithFiles[]> {
  const old = await database.queries
    .selectFrom('export_task')
    .select('id')
    .where(hasEnded)
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
    .where(hasEnded)
    .where('state', '=', 'expired')
    .where('artifact_key', 'is not', null)
    .limit(atOnce)
    .execute()

async function forgetOldTasks(database: Database, taskMs: number): Promise<void> {
  const isOld = (eb: ExpressionBuilder<Tables, 'export_task'>) =>
    eb.and([eb('state', 'in', restingStates), eb('state_since_ms', '<=', eb(database.nowMs, '-', taskMs))])
  const old = await database.queries
    .selectFrom('export_task')
    .select(['id', 'account_id'])
    .where(hasEnded)
    .where(isOld)
    .limit(atOnce)
    .execute()
  // Looked at again: its owner may have made it try again meanwhile.
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

/** One attempt's files and no other's: the task may have been made to try again. In older builds an attempt was one file. */
async function removeAttempt(artifacts: Artifacts, key: string): Promise<void> {
  const place = dirname(key)
  await (place.includes('/') ? artifacts.removeUnder(place) : artifacts.remove(key))
}

/** A worker that had the task when it was deleted has noticed, or died, after the time of a lease. */
async function deletedTasks(database: Database): Promise<string[]> {
  const rows = await database.queries
    .selectFrom('export_task')
    .select('id')
    .where(hasEnded)
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

import { dirname } from 'node:path/posix'
import type { Artifacts } from '../artifacts/artifacts.ts'
import type { Database } from '../database/database.ts'
import { countOneLess, idempotencyMs } from './create-task.ts'
import { leaseMs } from './task-store.ts'

/** How long a file is kept, and how long its task is listed, ms. */
export type Lifetimes = { fileMs: number; taskMs: number }

/** Tasks looked at in one go: what is left is next second's. */
const atOnce = 100

/**
 * What time ends: files of tasks that succeeded long ago are removed, and tasks that ended longer ago. Safe to run at any
 * time, in several processes, and to be killed at: a file is removed after nothing points to it any more.
 */
export async function keepHouse(
  deps: { database: Database; artifacts: Artifacts },
  lifetimes: Lifetimes,
): Promise<void> {
  await expireFiles(deps.database, lifetimes.fileMs)
  await removeExpiredFiles(deps)
  await forgetOldTasks(deps.database, lifetimes.taskMs)
  await removeDeletedTasks(deps)
  await deps.database.queries
    .deleteFrom('export_idempotency')
    .where((eb) => eb('created_at_ms', '<=', eb(deps.database.nowMs, '-', idempotencyMs)))
    .execute()
}

async function expireFiles(database: Database, fileMs: number): Promise<void> {
  await database.queries
    .updateTable('export_task')
    .set({ state: 'expired', updated_at_ms: database.nowMs, state_since_ms: database.nowMs })
    .where('state', '=', 'success')
    .where((eb) => eb('state_since_ms', '<=', eb(database.nowMs, '-', fileMs)))
    .execute()
}

async function removeExpiredFiles({ database, artifacts }: { database: Database; artifacts: Artifacts }) {
  const expired = await database.queries
    .selectFrom('export_task')
    .select(['id', 'artifact_key'])
    .where('state', '=', 'expired')
    .where('artifact_key', 'is not', null)
    .limit(atOnce)
    .execute()
  for (const { id, artifact_key: key } of expired) {
    // This attempt's alone: the task may have been made to try again.
    await artifacts.removeUnder(dirname(key ?? ''))
    await database.queries
      .updateTable('export_task')
      .set({ artifact_key: null })
      .where('id', '=', id)
      .where('artifact_key', '=', key)
      .execute()
  }
}

async function forgetOldTasks(database: Database, taskMs: number): Promise<void> {
  const old = await database.queries
    .selectFrom('export_task')
    .select(['id', 'account_id'])
    .where('state', 'in', ['fail', 'canceled', 'expired'])
    .where((eb) => eb('state_since_ms', '<=', eb(database.nowMs, '-', taskMs)))
    .limit(atOnce)
    .execute()
  for (const { id, account_id: accountId } of old) {
    await database.write(async (tx) => {
      const result = await tx
        .updateTable('export_task')
        .set({ state: 'deleted', updated_at_ms: -1, state_since_ms: database.nowMs })
        .where('id', '=', id)
        .where('state', '<>', 'deleted')
        .executeTakeFirst()
      if (result.numUpdatedRows === 1n) await countOneLess(tx, accountId)
    })
  }
}

/** A worker that had the task when it was deleted has noticed, or died, after the time of a lease. */
async function removeDeletedTasks({ database, artifacts }: { database: Database; artifacts: Artifacts }) {
  const deleted = await database.queries
    .selectFrom('export_task')
    .select('id')
    .where('state', '=', 'deleted')
    .where((eb) => eb('state_since_ms', '<=', eb(database.nowMs, '-', 2 * leaseMs)))
    .limit(atOnce)
    .execute()
  for (const { id } of deleted) {
    await artifacts.removeUnder(id)
    await database.queries.deleteFrom('webhook_delivery').where('task_id', '=', id).execute()
    await database.queries.deleteFrom('export_task').where('id', '=', id).where('state', '=', 'deleted').execute()
  }
}

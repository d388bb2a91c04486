import type { Expression, ExpressionBuilder, SqlBool } from 'kysely'
import type { Database } from '../../ports/database/database.ts'
import type { Tables, TaskState } from '../../ports/database/schema.ts'
import { lockTasks, reservable } from '../run/stored-bytes.ts'
import { assertWithinLimits, countOneLess, notStarted, type TaskLimits } from './create-task.ts'

/** Changes of tasks by their owners and by time. A worker that holds such a task finds its claim gone. */

/** States of a task that has ended and has no file. */
export const restingStates: TaskState[] = ['fail', 'canceled', 'expired']

/** Ends a task that waits or is processed. @returns false when it is not the account's, or has ended */
export async function cancelTask(database: Database, accountId: string, id: string): Promise<boolean> {
  const result = await database.queries
    .updateTable('export_task')
    .set({
      state: 'canceled',
      lease_owner: null,
      lease_until_ms: null,
      updated_at_ms: database.nowMs,
      state_since_ms: database.nowMs,
    })
    .where('id', '=', id)
    .where('account_id', '=', accountId)
    .where('state', 'in', ['waiting', 'processing'])
    .executeTakeFirst()
  return result.numUpdatedRows === 1n
}

/**
 * Makes a failed, cancelled or expired task wait again, with all its attempts ahead, for the data of that later time.
 * Its webhook is called again when it ends.
 * @returns false when it is not the account's, or in another state
 * @throws AppError CDN.0005 when the account is at a limit, as a create does
 */
export function retryTask(database: Database, accountId: string, id: string, limits: TaskLimits): Promise<boolean> {
  return database.write(async (tx) => {
    await lockTasks(database, tx, accountId)
    const resting = await tx
      .selectFrom('export_task')
      .select('reserved_bytes')
      .where('id', '=', id)
      .where('account_id', '=', accountId)
      .where('state', 'in', restingStates)
      .executeTakeFirst()
    if (!resting) return false
    await assertWithinLimits(tx, accountId, limits)
    const { lease_token: _kept, ...fresh } = notStarted
    const reserved = await reservable(tx, accountId, resting.reserved_bytes, limits.storedBytesMax)
    const since = { run_at_ms: database.nowMs, updated_at_ms: database.nowMs, state_since_ms: database.nowMs }
    await tx
      .updateTable('export_task')
      .set({ ...fresh, ...since, reserved_bytes: reserved })
      .where('id', '=', id)
      .execute()
    await tx
      .updateTable('webhook_delivery')
      // A post in progress reports the previous end, so its outcome must not be recorded.
      .set((eb) => ({
        state: 'idle',
        attempts: 0,
        lease_token: eb('lease_token', '+', 1),
        first_at_ms: null,
        next_at_ms: null,
      }))
      .where('task_id', '=', id)
      .execute()
    return true
  })
}

/**
 * Hides a task from its owner, whatever its state. Its files and its row are removed once no worker can use them.
 * @returns false when the account has no such task
 */
export const deleteTask = (database: Database, accountId: string, id: string): Promise<boolean> =>
  hideTask(database, accountId, id, (eb) => eb('state', '<>', 'deleted'))

/** As `deleteTask`, if a condition still holds for the task. */
export function hideTask(
  database: Database,
  accountId: string,
  id: string,
  condition: (eb: ExpressionBuilder<Tables, 'export_task'>) => Expression<SqlBool>,
): Promise<boolean> {
  return database.write(async (tx) => {
    await lockTasks(database, tx, accountId)
    const result = await tx
      .updateTable('export_task')
      .set({
        state: 'deleted',
        lease_owner: null,
        lease_until_ms: null,
        updated_at_ms: -1, // excludes it from every list
        state_since_ms: database.nowMs,
      })
      .where('id', '=', id)
      .where('account_id', '=', accountId)
      .where(condition)
      .executeTakeFirst()
    if (result.numUpdatedRows !== 1n) return false
    await tx.deleteFrom('webhook_delivery').where('task_id', '=', id).execute()
    await countOneLess(tx, accountId)
    return true
  })
}

import type { Database } from '../database/database.ts'
import type { TaskState } from '../database/schema.ts'
import { countOneLess, notStarted } from './create-task.ts'

/** What an owner does to a task, and what time does. A worker that holds it finds its claim gone. */

const restingStates: TaskState[] = ['fail', 'canceled', 'expired']

/** Ends a task that waits or is worked on. @returns false when it is not the account's, or has ended */
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
 * Makes a task that failed, was cancelled or has expired wait again, with all its attempts before it, for the data as it
 * will be then. Its webhook is called again when it ends.
 * @returns false when it is not the account's, or in another state
 */
export function retryTask(database: Database, accountId: string, id: string): Promise<boolean> {
  return database.write(async (tx) => {
    const { lease_token: _kept, ...fresh } = notStarted
    const result = await tx
      .updateTable('export_task')
      .set({
        ...fresh,
        run_at_ms: database.nowMs,
        updated_at_ms: database.nowMs,
        state_since_ms: database.nowMs,
      })
      .where('id', '=', id)
      .where('account_id', '=', accountId)
      .where('state', 'in', restingStates)
      .executeTakeFirst()
    if (result.numUpdatedRows !== 1n) return false
    await tx
      .updateTable('webhook_delivery')
      .set({ state: 'idle', attempts: 0, first_at_ms: null, next_at_ms: null })
      .where('task_id', '=', id)
      .execute()
    return true
  })
}

/**
 * Takes a task from its owner's sight, whatever it is at. Its files and its row go when no worker can be at them any more.
 * @returns false when the account has no such task
 */
export function deleteTask(database: Database, accountId: string, id: string): Promise<boolean> {
  return database.write(async (tx) => {
    const result = await tx
      .updateTable('export_task')
      .set({
        state: 'deleted',
        lease_owner: null,
        lease_until_ms: null,
        updated_at_ms: -1, // outside every list
        state_since_ms: database.nowMs,
      })
      .where('id', '=', id)
      .where('account_id', '=', accountId)
      .where('state', '<>', 'deleted')
      .executeTakeFirst()
    if (result.numUpdatedRows !== 1n) return false
    await tx.deleteFrom('webhook_delivery').where('task_id', '=', id).execute()
    await countOneLess(tx, accountId)
    return true
  })
}

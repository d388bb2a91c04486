import type { Database } from '../ports/database/database.ts'
import { isUsable } from './key-life.ts'

/**
 * True if a genuine, unexpired link may still be used. A link for one key is valid while that key of the task's account
 * is usable. A link without a key is the account's, and is valid while the account is not locked. A missing task is no
 * reason to refuse: the route answers that it is gone.
 */
export async function mayFetch(database: Database, taskId: string, keyTag: string | undefined): Promise<boolean> {
  const task = await database.queries
    .selectFrom('export_task')
    .leftJoin('account', 'account.id', 'export_task.account_id')
    .select(['export_task.account_id', 'account.locked_at_ms'])
    .where('export_task.id', '=', taskId)
    .executeTakeFirst()
  if (!task) return true
  if (task.locked_at_ms !== null) return false
  if (keyTag === undefined) return true
  const key = await database.queries
    .selectFrom('access_key')
    .innerJoin('account', 'account.id', 'access_key.account_id')
    .select('access_key.access_key')
    .where('access_key.link_tag', '=', keyTag)
    .where('access_key.account_id', '=', task.account_id)
    .where(isUsable(database))
    .executeTakeFirst()
  return key !== undefined
}

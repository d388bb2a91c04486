import { allAccounts, type Whose } from '../../accounts/whose.ts'
import type { Asker } from '../../http/caller.ts'
import type { Database } from '../../ports/database/database.ts'
import type { ExportTaskRow, TaskState } from '../../ports/database/schema.ts'

/** One task of the asking key's account; other accounts' tasks are not found, nor operators' tasks by other keys. */
export const findTask = (database: Database, asker: Asker, id: string): Promise<ExportTaskRow | undefined> =>
  database.queries
    .selectFrom('export_task')
    .selectAll()
    .where('id', '=', id)
    .where('account_id', '=', asker.accountId)
    .where('state', '<>', 'deleted')
    .$if(asker.role !== 'operator', (query) => query.where('whose', 'is', null))
    .executeTakeFirst()

/** Tasks of an account with others' data, which its operators alone see; deleted ones are not among them. */
async function operatorsTasks(database: Database, accountId: string): Promise<number> {
  const { tasks } = await database.queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.countAll<number>().as('tasks'))
    .where('account_id', '=', accountId)
    .where('whose', 'is not', null)
    .where('updated_at_ms', '>=', 0)
    .executeTakeFirstOrThrow()
  return Number(tasks)
}

/** Given members must all match. Times are those of creation, unix ms, [from, to). */
export type TaskFilter = {
  id?: string
  name?: string
  states?: TaskState[]
  action?: string
  createdFromMs?: number
  createdToMs?: number
  limit: number
  offset: number
}

/** The account whose tasks a list has, or all, as the role of the asking key sees them. */
export type Listing = { accountId: Whose; role: Asker['role'] }

/**
 * A page of the tasks that a key sees of an account, or an operator's of all, newest modification first, ties by id; and
 * the number of matches. The page's ids come from the index alone before any row is read: at offset 100,000 that is
 * 0.9 ms instead of 481.
 */
export async function listTasks(database: Database, { accountId, role }: Listing, filter: TaskFilter) {
  const hidden = role === 'operator' ? 0 : await operatorsTasks(database, accountId)
  const { id, name, states, action, createdFromMs, createdToMs } = filter
  const matching = database.queries
    .selectFrom('export_task')
    .$if(accountId !== allAccounts, (query) => query.where('account_id', '=', accountId))
    .where('updated_at_ms', '>=', 0) // a deleted task has -1, outside the index's range
    .$if(hidden > 0, (query) => query.where('whose', 'is', null)) // the index alone does not tell it
    .$if(id !== undefined, (query) => query.where('id', '=', id as string))
    .$if(name !== undefined, (query) => query.where('name', '=', name as string))
    .$if(states !== undefined, (query) => query.where('state', 'in', states as TaskState[]))
    .$if(action !== undefined, (query) => query.where('action', '=', action as string))
    .$if(createdFromMs !== undefined, (query) => query.where('created_at_ms', '>=', createdFromMs as number))
    .$if(createdToMs !== undefined, (query) => query.where('created_at_ms', '<', createdToMs as number))
  const page = matching
    .select('id')
    .orderBy('updated_at_ms', 'desc')
    .orderBy('id', 'desc')
    .limit(filter.limit)
    .offset(filter.offset)
  const tasks = await database.queries
    .selectFrom(page.as('page'))
    .innerJoin('export_task', 'export_task.id', 'page.id')
    .selectAll('export_task')
    .orderBy('export_task.updated_at_ms', 'desc')
    .orderBy('export_task.id', 'desc')
    .execute()
  const isFiltered = [id, name, states, action, createdFromMs, createdToMs].some((value) => value !== undefined)
  if (!isFiltered) return { total: (await taskCount(database, accountId)) - hidden, tasks }
  const { total } = await matching.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return { total: Number(total), tasks }
}

async function taskCount(database: Database, accountId: Whose): Promise<number> {
  const counts = await database.queries
    .selectFrom('export_task_count')
    .select('tasks')
    .$if(accountId !== allAccounts, (query) => query.where('account_id', '=', accountId))
    .execute()
  return counts.reduce((sum, { tasks }) => sum + tasks, 0)
}

/** Position of a task among the account's waiting tasks, from 1; null when it does not wait. */
export async function queuePosition(database: Database, task: ExportTaskRow): Promise<number | null> {
  if (task.state !== 'waiting') return null
  const { ahead } = await database.queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.countAll<number>().as('ahead'))
    .where('state', '=', 'waiting')
    .where('account_id', '=', task.account_id)
    .where((eb) =>
      eb.or([
        eb('run_at_ms', '<', task.run_at_ms),
        eb.and([eb('run_at_ms', '=', task.run_at_ms), eb('id', '<', task.id)]),
      ]),
    )
    .executeTakeFirstOrThrow()
  return Number(ahead) + 1
}

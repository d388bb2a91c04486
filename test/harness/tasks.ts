import type { Artifact, Claim } from '../../src/exports/run/claim.ts'
import { createTask, type NewTask } from '../../src/exports/tasks/create-task.ts'
import { claimTask } from '../../src/exports/tasks/task-store.ts'
import type { Database } from '../../src/ports/database/database.ts'
import type { ExportTaskRow, TaskState } from '../../src/ports/database/schema.ts'

export const testAccount = 'account-1'

/** A key of the account that is no operator’s. */
export const keyOf = (accountId: string) => ({ accountId, role: 'account' as const })

/** Creates a task; what is not told is of no matter. */
export const addTask = (database: Database, id: string, more: Partial<NewTask> = {}) =>
  createTask(database, {
    id,
    accountId: testAccount,
    name: `name of ${id}`,
    action: 'reports_detail',
    requestJson: '{}',
    ...more,
  })

/** Claims a task that must be there. */
export async function claimed(database: Database, owner = 'worker', runningMax?: number): Promise<Claim> {
  const claim = await claimTask(database, owner, runningMax)
  if (!claim) throw new Error('there is nothing to claim')
  return claim
}

/** As time would, without waiting for it. */
export const alterTask = (database: Database, id: string, change: Partial<ExportTaskRow>) =>
  database.queries.updateTable('export_task').set(change).where('id', '=', id).execute()

/** The row itself, deleted or not. */
export const taskRow = (database: Database, id: string): Promise<ExportTaskRow | undefined> =>
  database.queries.selectFrom('export_task').selectAll().where('id', '=', id).executeTakeFirst()

export const stateOf = async (database: Database, id: string): Promise<TaskState | undefined> =>
  (await taskRow(database, id))?.state

/** What a list says that there are in all. */
export async function countedTasks(database: Database, accountId = testAccount): Promise<number> {
  const row = await database.queries
    .selectFrom('export_task_count')
    .select('tasks')
    .where('account_id', '=', accountId)
    .executeTakeFirst()
  return row?.tasks ?? 0
}

/** A main file and its manifest, of 100 bytes together. */
export function artifactOf(claim: Claim): Artifact {
  const key = `${claim.task.id}/${claim.leaseToken}/file.csv`
  const sha256 = 'ab'.repeat(32)
  const files = [
    { name: 'file.csv', key, rows: 7, bytes: 70, sha256 },
    { name: 'file.csv.manifest.json', key: `${key}.manifest.json`, rows: null, bytes: 30, sha256 },
  ]
  return { key, fileName: 'file.csv', rows: 7, bytes: 70, sha256, files }
}

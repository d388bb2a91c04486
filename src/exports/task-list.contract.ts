import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import type { Database } from '../database/database.ts'
import type { ExportTaskRow } from '../database/schema.ts'
import { createTask } from './create-task.ts'
import { findTask, listTasks, type TaskFilter } from './task-list.ts'
import { claimTask } from './task-store.ts'

const account = 'account-1'
const add = (database: Database, id: string, accountId = account, name = `name of ${id}`) =>
  createTask(database, { id, accountId, name, action: 'reports_detail', requestJson: '{}' })
const alter = (database: Database, id: string, change: Partial<ExportTaskRow>) =>
  database.queries.updateTable('export_task').set(change).where('id', '=', id).execute()

const page = (filter: Partial<TaskFilter> = {}): TaskFilter => ({ limit: 100, offset: 0, ...filter })
const idsOf = (listed: { tasks: ExportTaskRow[] }) => listed.tasks.map((task) => task.id)

/** What an account sees of its tasks, page by page. */
export function taskListContract(createPlace: CreatePlace) {
  it('has the newest modification first, a claim or an end being one', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const [index, id] of ['a', 'b', 'c'].entries()) {
      await add(database, id)
      await alter(database, id, { updated_at_ms: index + 1, run_at_ms: index + 1 })
    }
    expect(idsOf(await listTasks(database, account, page()))).toEqual(['c', 'b', 'a'])
    await claimTask(database, 'worker')
    expect(idsOf(await listTasks(database, account, page()))).toEqual(['a', 'c', 'b'])
  })

  it('filters by id and by the whole name, and counts what matches', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const [id, name] of [
      ['a', 'daily'],
      ['b', 'daily'],
      ['c', 'daily report'],
    ] as const) {
      await add(database, id, account, name)
    }
    expect(await listTasks(database, account, page({ id: 'b' }))).toMatchObject({ total: 1, tasks: [{ id: 'b' }] })
    const daily = await listTasks(database, account, page({ name: 'daily', limit: 1 }))
    expect(daily).toMatchObject({ total: 2, tasks: [{ name: 'daily' }] })
    expect(await listTasks(database, account, page({ id: 'c', name: 'daily' }))).toEqual({ total: 0, tasks: [] })
    expect(await listTasks(database, account, page({ offset: 3 }))).toEqual({ total: 3, tasks: [] })
  })

  it('shows an account nothing of another’s', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'ours')
    await add(database, 'theirs', 'account-2', 'name of ours')
    expect(await listTasks(database, account, page())).toMatchObject({ total: 1, tasks: [{ id: 'ours' }] })
    expect(await listTasks(database, account, page({ id: 'theirs' }))).toEqual({ total: 0, tasks: [] })
    const named = await listTasks(database, account, page({ name: 'name of ours' }))
    expect(named).toMatchObject({ total: 1, tasks: [{ id: 'ours' }] })
    expect(await findTask(database, account, 'theirs')).toBeUndefined()
    expect(await listTasks(database, 'account-3', page())).toEqual({ total: 0, tasks: [] })
  })

  it('counts no task that was not created', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    await expect(add(database, 'a')).rejects.toThrow()
    expect((await listTasks(database, account, page())).total).toBe(1)
  })

  it('has each task on one page, in order, with the true total, whatever was created at once', async () => {
    const task = fc.record({ accountId: fc.constantFrom('x', 'y', 'z'), updatedAtMs: fc.integer({ min: 1, max: 4 }) })
    const shape = fc.record({ tasks: fc.array(task, { maxLength: 25 }), limit: fc.integer({ min: 1, max: 9 }) })
    await fc.assert(
      fc.asyncProperty(shape, async ({ tasks, limit }) => {
        const { database, remove } = await databaseForTest(createPlace)
        const created = tasks.map((one, index) => ({ ...one, id: `task-${index}` }))
        await Promise.all(created.map(({ id, accountId }) => add(database, id, accountId)))
        for (const { id, updatedAtMs } of created) await alter(database, id, { updated_at_ms: updatedAtMs })
        for (const accountId of ['x', 'y', 'z']) {
          const own = created
            .filter((one) => one.accountId === accountId)
            .sort((a, b) => b.updatedAtMs - a.updatedAtMs || (a.id < b.id ? 1 : -1))
          expect(await everyPage(database, accountId, limit)).toEqual({
            ids: own.map((one) => one.id),
            totals: new Set([own.length]),
          })
        }
        await remove()
      }),
      { numRuns: 12 },
    )
  })
}

async function everyPage(database: Database, accountId: string, limit: number) {
  const ids: string[] = []
  const totals = new Set<number>()
  for (let offset = 0; ; offset += limit) {
    const listed = await listTasks(database, accountId, { limit, offset })
    totals.add(listed.total)
    if (listed.tasks.length === 0) return { ids, totals }
    ids.push(...idsOf(listed))
  }
}

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { testAccount as account, addTask, alterTask as alter, keyOf, taskRow } from '../../../test/harness/tasks.ts'
import type { Database } from '../../ports/database/database.ts'
import type { ExportTaskRow } from '../../ports/database/schema.ts'
import { deleteTask } from './change-task.ts'
import { findTask, listTasks, queuePosition, type TaskFilter } from './task-list.ts'
import { claimTask } from './task-store.ts'

const add = (database: Database, id: string, accountId = account, name = `name of ${id}`) =>
  addTask(database, id, { accountId, name })

const page = (filter: Partial<TaskFilter> = {}): TaskFilter => ({ limit: 100, offset: 0, ...filter })
const idsOf = (listed: { tasks: ExportTaskRow[] }) => listed.tasks.map((task) => task.id)

/** Rules of an account's list of tasks, page by page. */
export function taskListContract(createPlace: CreatePlace) {
  it('has the newest modification first, a claim or an end being one', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const [index, id] of ['a', 'b', 'c'].entries()) {
      await add(database, id)
      await alter(database, id, { updated_at_ms: index + 1, run_at_ms: index + 1 })
    }
    expect(idsOf(await listTasks(database, keyOf(account), page()))).toEqual(['c', 'b', 'a'])
    await claimTask(database, 'worker')
    expect(idsOf(await listTasks(database, keyOf(account), page()))).toEqual(['a', 'c', 'b'])
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
    expect(await listTasks(database, keyOf(account), page({ id: 'b' }))).toMatchObject({
      total: 1,
      tasks: [{ id: 'b' }],
    })
    const daily = await listTasks(database, keyOf(account), page({ name: 'daily', limit: 1 }))
    expect(daily).toMatchObject({ total: 2, tasks: [{ name: 'daily' }] })
    expect(await listTasks(database, keyOf(account), page({ id: 'c', name: 'daily' }))).toEqual({ total: 0, tasks: [] })
    expect(await listTasks(database, keyOf(account), page({ offset: 3 }))).toEqual({ total: 3, tasks: [] })
  })

  it('filters by states, action and time of creation, all of them together, and counts what matches', async () => {
    const { database } = await databaseForTest(createPlace)
    const states = ['waiting', 'processing', 'success', 'fail', 'canceled', 'expired'] as const
    for (const [index, state] of states.entries()) {
      await addTask(database, state, { action: index % 2 === 0 ? 'uv' : 'isp_detail' })
      await alter(database, state, { state, created_at_ms: index, updated_at_ms: index })
    }
    const found = async (filter: Partial<TaskFilter>) => {
      const listed = await listTasks(database, keyOf(account), page(filter))
      expect(listed.total).toBe(listed.tasks.length)
      return idsOf(listed)
    }
    for (const state of states) expect(await found({ states: [state] })).toEqual([state])
    expect(await found({ states: ['fail', 'waiting'] })).toEqual(['fail', 'waiting'])
    expect(await found({ action: 'uv' })).toEqual(['canceled', 'success', 'waiting'])
    expect(await found({ createdFromMs: 2 })).toEqual(['expired', 'canceled', 'fail', 'success'])
    expect(await found({ createdToMs: 2 })).toEqual(['processing', 'waiting'])
    expect(await found({ createdFromMs: 2, createdToMs: 3 })).toEqual(['success'])
    expect(await found({ createdFromMs: 3, createdToMs: 3 })).toEqual([])
    expect(await found({ createdFromMs: 1, action: 'isp_detail', states: ['fail', 'success'] })).toEqual(['fail'])
    expect(await found({ id: 'fail', states: ['success'] })).toEqual([])
    const first = await listTasks(database, keyOf(account), page({ action: 'uv', limit: 1, offset: 1 }))
    expect([first.total, idsOf(first)]).toEqual([3, ['success']])
  })

  it('hides operators’ tasks with others’ data from other keys, in the page and in the number', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'own')
    for (const [id, whose] of [
      ['all', 'all'],
      ['of-another', 'account-2'],
    ] as const)
      await addTask(database, id, { whose, name: 'bill' })
    const operator = { accountId: account, role: 'operator' as const }
    expect(await listTasks(database, keyOf(account), page())).toMatchObject({ total: 1, tasks: [{ id: 'own' }] })
    expect(await listTasks(database, keyOf(account), page({ name: 'bill' }))).toEqual({ total: 0, tasks: [] })
    expect(await listTasks(database, keyOf(account), page({ id: 'all' }))).toEqual({ total: 0, tasks: [] })
    expect(await findTask(database, keyOf(account), 'all')).toBeUndefined()
    expect(idsOf(await listTasks(database, operator, page())).sort()).toEqual(['all', 'of-another', 'own'])
    expect(await findTask(database, operator, 'all')).toMatchObject({ whose: 'all' })
    await deleteTask(database, account, 'all')
    expect((await listTasks(database, keyOf(account), page())).total).toBe(1)
    expect((await listTasks(database, operator, page())).total).toBe(2)
  })

  it('of all accounts has the newest modification first, and counts them together', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const [index, id] of ['a', 'b', 'c', 'd'].entries()) {
      await addTask(database, id, { accountId: `account-${index % 2}`, name: id === 'd' ? 'other' : 'bill' })
      await alter(database, id, { updated_at_ms: [3, 1, 4, 2][index] ?? 0 })
    }
    const all = { accountId: 'all', role: 'operator' as const }
    expect(idsOf(await listTasks(database, all, page()))).toEqual(['c', 'a', 'd', 'b'])
    expect(await listTasks(database, all, page({ limit: 1, offset: 1 }))).toMatchObject({
      total: 4,
      tasks: [{ id: 'a' }],
    })
    const bills = await listTasks(database, all, page({ name: 'bill', limit: 2 }))
    expect([bills.total, idsOf(bills)]).toEqual([3, ['c', 'a']])
  })

  it('says where in its account’s queue a task is, as it will be claimed', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const [id, runAtMs] of [
      ['b', 2],
      ['c', 1],
      ['a', 2],
      ['d', 3],
    ] as const) {
      await addTask(database, id)
      await alter(database, id, { run_at_ms: runAtMs })
    }
    await addTask(database, 'theirs', { accountId: 'account-2' })
    await alter(database, 'theirs', { run_at_ms: 0 })
    const position = async (id: string) => queuePosition(database, (await taskRow(database, id)) as ExportTaskRow)
    expect(await Promise.all(['c', 'a', 'b', 'd', 'theirs'].map(position))).toEqual([1, 2, 3, 4, 1])
    const claims = [await claimTask(database, 'worker'), await claimTask(database, 'worker')]
    expect(claims.map((claim) => claim?.task.id).sort()).toEqual(['c', 'theirs'])
    expect(await Promise.all(['c', 'a', 'b', 'd', 'theirs'].map(position))).toEqual([null, 1, 2, 3, null])
  })

  it('shows an account nothing of another’s', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'ours')
    await add(database, 'theirs', 'account-2', 'name of ours')
    expect(await listTasks(database, keyOf(account), page())).toMatchObject({ total: 1, tasks: [{ id: 'ours' }] })
    expect(await listTasks(database, keyOf(account), page({ id: 'theirs' }))).toEqual({ total: 0, tasks: [] })
    const named = await listTasks(database, keyOf(account), page({ name: 'name of ours' }))
    expect(named).toMatchObject({ total: 1, tasks: [{ id: 'ours' }] })
    expect(await findTask(database, keyOf(account), 'theirs')).toBeUndefined()
    expect(await listTasks(database, keyOf('account-3'), page())).toEqual({ total: 0, tasks: [] })
  })

  it('counts no task that was not created', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    await expect(add(database, 'a')).rejects.toThrow()
    expect((await listTasks(database, keyOf(account), page())).total).toBe(1)
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
    const listed = await listTasks(database, keyOf(accountId), { limit, offset })
    totals.add(listed.total)
    if (listed.tasks.length === 0) return { ids, totals }
    ids.push(...idsOf(listed))
  }
}

import { describe, expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import {
  addTask,
  alterTask,
  artifactOf,
  claimed,
  countedTasks,
  taskRow,
  testAccount,
} from '../../../test/harness/tasks.ts'
import type { Database } from '../../ports/database/database.ts'
import { cancelTask, deleteTask } from './change-task.ts'
import { idempotencyMs } from './create-task.ts'
import { completeTask } from './task-store.ts'

const body = 'a1'.repeat(32)
const otherBody = 'b2'.repeat(32)
const keyed = (key: string, bodySha256 = body) => ({ idempotency: { key, bodySha256 } })

/** Makes every key this much older. */
const ageKeys = (database: Database, ageMs: number) =>
  database.queries
    .updateTable('export_idempotency')
    .set({ created_at_ms: Date.now() - ageMs })
    .execute()

const refusal = (code: string, ...texts: string[]) =>
  expect.objectContaining({ code, message: expect.stringMatching(new RegExp(texts.join('.*'))) })

/** Rules of creating a task, and of its refusals. */
export function createTaskContract(createPlace: CreatePlace) {
  creationRules(createPlace)
  describe('an idempotency key', () => keyRules(createPlace))
  describe('limits', () => limitRules(createPlace))
}

function creationRules(createPlace: CreatePlace) {
  it('records a task as waiting, all its attempts before it, now', async () => {
    const { database } = await databaseForTest(createPlace)
    expect(await addTask(database, 'a', { name: 'daily', requestJson: '{"x":1}' })).toEqual({
      taskId: 'a',
      isNew: true,
    })
    const task = await taskRow(database, 'a')
    expect(task).toMatchObject({
      ...{ account_id: testAccount, name: 'daily', action: 'reports_detail', request_json: '{"x":1}' },
      ...{ state: 'waiting', attempts: 0, lease_token: 0, progress_rows: 0, files_json: null, manifest_json: null },
    })
    for (const at of ['created_at_ms', 'updated_at_ms', 'state_since_ms', 'run_at_ms'] as const)
      expect(Math.abs((task?.[at] ?? 0) - Date.now())).toBeLessThan(5_000)
  })

  it('keeps a webhook idle until the task ends, and none where none was asked', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', { webhookUrl: 'https://example.test/hook' })
    await addTask(database, 'b')
    expect(await database.queries.selectFrom('webhook_delivery').selectAll().execute()).toEqual([
      expect.objectContaining({ task_id: 'a', url: 'https://example.test/hook', state: 'idle', attempts: 0 }),
    ])
  })

  it('counts right, whatever is created and deleted at once', async () => {
    const { database } = await databaseForTest(createPlace)
    const ids = Array.from({ length: 24 }, (_, index) => `task-${index}`)
    await Promise.all(
      ids.map(async (id, index) => {
        await addTask(database, id, index % 5 === 0 ? keyed('the same') : {})
        if (index % 3 === 0) await deleteTask(database, testAccount, id)
      }),
    )
    const { tasks } = await database.queries
      .selectFrom('export_task')
      .select((eb) => eb.fn.countAll<number>().as('tasks'))
      .where('state', '<>', 'deleted')
      .executeTakeFirstOrThrow()
    expect(await countedTasks(database)).toBe(Number(tasks))
  })
}

function keyRules(createPlace: CreatePlace) {
  it('answers its task for the same body, and makes no other', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', keyed('k'))
    expect(await addTask(database, 'b', keyed('k'))).toEqual({ taskId: 'a', isNew: false })
    expect([await countedTasks(database), await taskRow(database, 'b')]).toEqual([1, undefined])
  })

  it('is refused with another body, and nothing is made or counted', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', keyed('k'))
    await expect(addTask(database, 'b', keyed('k', otherBody))).rejects.toEqual(
      refusal('FLUXPORT.0203', 'Idempotency-Key'),
    )
    expect([await countedTasks(database), await taskRow(database, 'b')]).toEqual([1, undefined])
    expect((await addTask(database, 'c', keyed('k'))).taskId).toBe('a')
  })

  it('makes one task, however many creates come at once', async () => {
    const { database } = await databaseForTest(createPlace)
    const creates = Array.from({ length: 20 }, (_, n) => addTask(database, `task-${n}`, keyed('k')))
    const answers = await Promise.all(creates)
    expect(answers.filter((answer) => answer.isNew)).toHaveLength(1)
    expect(new Set(answers.map((answer) => answer.taskId)).size).toBe(1)
    expect(await countedTasks(database)).toBe(1)
  })

  it('is each account’s own, and differs by a letter’s case', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', keyed('k'))
    expect((await addTask(database, 'b', { ...keyed('k', otherBody), accountId: 'account-2' })).isNew).toBe(true)
    expect((await addTask(database, 'c', keyed('K', otherBody))).isNew).toBe(true)
    expect((await addTask(database, 'd')).isNew).toBe(true)
  })

  it('is good for a day, and then for another task', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', keyed('k'))
    await ageKeys(database, idempotencyMs - 60_000)
    expect((await addTask(database, 'b', keyed('k'))).taskId).toBe('a')
    await ageKeys(database, idempotencyMs)
    expect(await addTask(database, 'c', keyed('k', otherBody))).toEqual({ taskId: 'c', isNew: true })
    expect((await addTask(database, 'd', keyed('k', otherBody))).taskId).toBe('c')
  })

  it('is free again once its task was deleted', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', keyed('k'))
    await deleteTask(database, testAccount, 'a')
    expect(await addTask(database, 'b', keyed('k', otherBody))).toEqual({ taskId: 'b', isNew: true })
    expect(await countedTasks(database)).toBe(1)
    await database.queries.deleteFrom('export_task').where('id', '=', 'b').execute()
    expect((await addTask(database, 'c', keyed('k'))).taskId).toBe('c')
  })

  it('answers a task that has ended, was cancelled or failed', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', keyed('k'))
    for (const state of ['success', 'fail', 'canceled', 'expired'] as const) {
      await alterTask(database, 'a', { state })
      expect((await addTask(database, 'b', keyed('k'))).taskId).toBe('a')
    }
  })
}

const limits = { waitingMax: 3, storedBytesMax: 150 }

/** A task that succeeded, with files of 100 bytes. */
async function succeeded(database: Database, id: string, accountId = testAccount) {
  await addTask(database, id, { accountId })
  const claim = await claimed(database)
  expect(claim.task.id).toBe(id)
  expect(await completeTask(database, claim, artifactOf(claim))).toBe(true)
}

function limitRules(createPlace: CreatePlace) {
  it('refuse one more waiting task than allowed, naming the limit and what there is', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b', 'c']) await addTask(database, id, { limits })
    await expect(addTask(database, 'd', { limits })).rejects.toEqual(refusal('CDN.0005', 'has 3 tasks', 'may have 3'))
    expect([await countedTasks(database), await taskRow(database, 'd')]).toEqual([3, undefined])
    await cancelTask(database, testAccount, 'b')
    expect((await addTask(database, 'd', { limits })).isNew).toBe(true)
    await claimed(database)
    expect((await addTask(database, 'e', { limits })).isNew).toBe(true)
  })

  it('hold however many creates come at once', async () => {
    const { database } = await databaseForTest(createPlace)
    const creates = Array.from({ length: 20 }, (_, n) => addTask(database, `task-${n}`, { limits }))
    const made = (await Promise.allSettled(creates)).filter((create) => create.status === 'fulfilled')
    expect([made.length, await countedTasks(database)]).toEqual([3, 3])
  })

  it('refuse a create once the files take what they may, naming both figures', async () => {
    const { database } = await databaseForTest(createPlace)
    await succeeded(database, 'a')
    await succeeded(database, 'b')
    await expect(addTask(database, 'c', { limits })).rejects.toEqual(
      refusal('CDN.0005', 'take 200 bytes', 'may take 150'),
    )
    expect(await countedTasks(database)).toBe(2)
  })

  it.each(['expired', 'deleted'] as const)('count no file of a task that is %s', async (state) => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b']) await succeeded(database, id)
    await alterTask(database, 'a', { state })
    expect((await addTask(database, 'c', { limits })).isNew).toBe(true)
  })

  it('are of one account: another’s tasks and files do not count', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b']) await succeeded(database, id, 'account-2')
    for (const id of ['c', 'd', 'e'])
      await addTask(database, id, { accountId: 'account-2', limits: { ...limits, storedBytesMax: 201 } })
    expect((await addTask(database, 'f', { limits })).isNew).toBe(true)
  })

  it('do not keep a key from answering its task, and use up no key', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b', 'c']) await addTask(database, id, { limits, ...keyed(`key of ${id}`) })
    await expect(addTask(database, 'd', { limits, ...keyed('key of d') })).rejects.toEqual(refusal('CDN.0005'))
    expect((await addTask(database, 'x', { limits, ...keyed('key of a') })).taskId).toBe('a')
    await cancelTask(database, testAccount, 'a')
    expect((await addTask(database, 'd', { limits, ...keyed('key of d', otherBody) })).isNew).toBe(true)
  })
}

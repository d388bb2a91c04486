import { describe, expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import {
  addTask,
  alterTask,
  artifactOf,
  claimed,
  countedTasks,
  keyOf,
  stateOf,
  taskRow,
  testAccount,
} from '../../../test/harness/tasks.ts'
import type { Database } from '../../ports/database/database.ts'
import type { TaskState } from '../../ports/database/schema.ts'
import type { Claim } from '../run/claim.ts'
import { findDelivery } from '../webhooks/delivery-store.ts'
import { cancelTask, deleteTask, retryTask } from './change-task.ts'
import { findTask, listTasks } from './task-list.ts'
import { claimTask, completeTask, failTask, heartbeat, reapLeases, returnTask } from './task-store.ts'

const limits = { waitingMax: 100, storedBytesMax: 1_000_000 }
const retry = (database: Database, id: string, accountId = testAccount) => retryTask(database, accountId, id, limits)

const changes = {
  cancel: (database: Database, id: string, accountId = testAccount) => cancelTask(database, accountId, id),
  retry,
  delete: (database: Database, id: string, accountId = testAccount) => deleteTask(database, accountId, id),
}

/** The state after each change of a task in each state; none where the change is refused. */
const outcomes: Record<TaskState, Partial<Record<keyof typeof changes, TaskState>>> = {
  waiting: { cancel: 'canceled', delete: 'deleted' },
  processing: { cancel: 'canceled', delete: 'deleted' },
  success: { delete: 'deleted' },
  fail: { retry: 'waiting', delete: 'deleted' },
  canceled: { retry: 'waiting', delete: 'deleted' },
  expired: { retry: 'waiting', delete: 'deleted' },
  deleted: {},
}
const cases = Object.entries(outcomes).flatMap(([state, after]) =>
  Object.keys(changes).map((change) => ({
    state: state as TaskState,
    change: change as keyof typeof changes,
    outcome: after[change as keyof typeof changes],
  })),
)

/** A task that reached a state the usual way. */
async function taskIn(database: Database, id: string, state: TaskState): Promise<void> {
  await addTask(database, id, { webhookUrl: 'https://example.test/hook' })
  if (state === 'waiting') return
  if (state === 'canceled') return void (await cancelTask(database, testAccount, id))
  if (state === 'deleted') return void (await deleteTask(database, testAccount, id))
  const claim = await claimed(database)
  if (state === 'fail') await failTask(database, claim, 'FLUXPORT.0001', 'for this test')
  if (state === 'success' || state === 'expired') await completeTask(database, claim, artifactOf(claim))
  if (state === 'expired') await alterTask(database, id, { state })
}

/** Rules of an owner's changes of a task, and of its worker then. */
export function changeTaskContract(createPlace: CreatePlace) {
  describe('a change', () => stateRules(createPlace))
  describe('a claim whose task was changed', () => lostClaimRules(createPlace))
  describe('a retry', () => retryRules(createPlace))
  describe('a delete', () => deleteRules(createPlace))
}

function stateRules(createPlace: CreatePlace) {
  it.each(cases)('$change of a task that is $state makes it $outcome', async ({ state, change, outcome }) => {
    const { database } = await databaseForTest(createPlace)
    await taskIn(database, 'a', state)
    const before = await taskRow(database, 'a')
    expect(await changes[change](database, 'a')).toBe(outcome !== undefined)
    if (outcome === undefined) expect(await taskRow(database, 'a')).toEqual(before)
    else expect(await taskRow(database, 'a')).toMatchObject({ state: outcome, lease_owner: null, lease_until_ms: null })
    expect(await countedTasks(database)).toBe(outcome === 'deleted' || state === 'deleted' ? 0 : 1)
  })

  it.each(cases.filter(({ outcome }) => outcome))(
    '$change of a task that is $state is its own account’s alone',
    async ({ state, change }) => {
      const { database } = await databaseForTest(createPlace)
      await taskIn(database, 'a', state)
      const before = await taskRow(database, 'a')
      expect(await changes[change](database, 'a', 'account-2')).toBe(false)
      expect(await changes[change](database, 'nothing')).toBe(false)
      expect([await taskRow(database, 'a'), await countedTasks(database)]).toEqual([before, 1])
      expect(await countedTasks(database, 'account-2')).toBe(0)
    },
  )

  it.each(['cancel', 'delete'] as const)('%s happens once, however often it is asked at once', async (change) => {
    const { database } = await databaseForTest(createPlace)
    await taskIn(database, 'a', 'processing')
    const done = await Promise.all(Array.from({ length: 8 }, () => changes[change](database, 'a')))
    expect(done.filter(Boolean)).toHaveLength(1)
    expect(await countedTasks(database)).toBe(change === 'delete' ? 0 : 1)
  })

  it('lets a cancel and the end of the work come at once: one of them is true', async () => {
    const { database } = await databaseForTest(createPlace)
    for (let round = 0; round < 10; round++) {
      await addTask(database, `task-${round}`)
      const claim = await claimed(database)
      const [isCanceled, isComplete] = await Promise.all([
        cancelTask(database, testAccount, claim.task.id),
        completeTask(database, claim, artifactOf(claim)),
      ])
      expect([isCanceled, isComplete].filter(Boolean)).toHaveLength(1)
      expect(await stateOf(database, claim.task.id)).toBe(isComplete ? 'success' : 'canceled')
    }
  })
}

async function expectLost(database: Database, claim: Claim) {
  const before = await taskRow(database, claim.task.id)
  expect(await heartbeat(database, claim, { rows: 5, expectedRows: 9 })).toBe(false)
  expect(await completeTask(database, claim, artifactOf(claim))).toBe(false)
  await failTask(database, claim, 'FLUXPORT.0001', 'stale')
  await returnTask(database, claim, { delayMs: 0, countAttempt: true })
  await reapLeases(database, 'worker')
  expect(await taskRow(database, claim.task.id)).toEqual(before)
}

function lostClaimRules(createPlace: CreatePlace) {
  it.each(['cancel', 'delete'] as const)('is lost after a %s, and changes nothing any more', async (change) => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a')
    const claim = await claimed(database)
    await changes[change](database, 'a')
    await expectLost(database, claim)
    expect(await claimTask(database, 'worker')).toBeNull()
  })

  it('is lost after a cancel and a retry, before and after the next claim', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a')
    const stale = await claimed(database)
    await cancelTask(database, testAccount, 'a')
    await retry(database, 'a')
    await expectLost(database, stale)
    const fresh = await claimed(database, 'another')
    expect(fresh).toMatchObject({ leaseToken: 2, task: { attempts: 1 } })
    await expectLost(database, stale)
    expect(await completeTask(database, fresh, artifactOf(fresh))).toBe(true)
    expect(await taskRow(database, 'a')).toMatchObject({ state: 'success', artifact_key: 'a/2/file.csv' })
  })
}

function retryRules(createPlace: CreatePlace) {
  it('begins anew: it has no attempt, error, file or progress, and is claimed as a new task is', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const state of ['fail', 'canceled', 'expired'] as const) {
      await taskIn(database, state, state)
      await alterTask(database, state, { attempts: 20, progress_rows: 5, expected_rows: 9 })
      expect(await retry(database, state)).toBe(true)
      expect(await findTask(database, keyOf(testAccount), state)).toMatchObject({
        ...{ state: 'waiting', attempts: 0, progress_rows: 0, expected_rows: null, data_version: null },
        ...{ error_code: null, error_message: null, artifact_key: null, file_name: null, artifact_bytes: null },
        ...{ artifact_sha256: null, artifact_rows: null, files_json: null, manifest_json: null },
      })
      expect((await claimed(database)).task).toMatchObject({ id: state, attempts: 1 })
    }
  })

  it('is a modification, and waits behind what waits already', async () => {
    const { database } = await databaseForTest(createPlace)
    await taskIn(database, 'a', 'canceled')
    await alterTask(database, 'a', { updated_at_ms: 1, run_at_ms: 1 })
    await addTask(database, 'b')
    await alterTask(database, 'b', { updated_at_ms: 2, run_at_ms: Date.now() - 1_000 })
    await retry(database, 'a')
    const { tasks } = await listTasks(database, keyOf(testAccount), { limit: 10, offset: 0 })
    expect(tasks.map((task) => task.id)).toEqual(['a', 'b'])
    expect((await claimed(database)).task.id).toBe('b')
  })

  it('calls the webhook again, whatever became of the call before, and keeps its log', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const state of ['idle', 'waiting', 'delivered', 'failed'] as const) {
      await taskIn(database, state, 'canceled')
      const attempts = JSON.stringify([{ at: 1, status: 500, error: 'HTTP 500' }])
      await database.queries
        .updateTable('webhook_delivery')
        .set({ state, attempts: 9, attempts_json: attempts, first_at_ms: 1, next_at_ms: 2 })
        .where('task_id', '=', state)
        .execute()
      await retry(database, state)
      const again = { state: 'idle', attempts: 0, first_at_ms: null, next_at_ms: null, attempts_json: attempts }
      expect(await findDelivery(database, state)).toMatchObject(again)
    }
  })

  it('is one more waiting task, and one more file: at a limit it is refused as a create is', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b']) await taskIn(database, id, 'canceled')
    await addTask(database, 'c')
    const few = { ...limits, waitingMax: 2 }
    expect(await retryTask(database, testAccount, 'a', few)).toBe(true)
    await expect(retryTask(database, testAccount, 'b', few)).rejects.toMatchObject({
      code: 'CDN.0005',
      message: expect.stringMatching(/has 2 tasks waiting, and may have 2/),
    })
    expect(await stateOf(database, 'b')).toBe('canceled')
    await taskIn(database, 'd', 'waiting')
    await alterTask(database, 'd', { state: 'success', artifact_bytes: 50 })
    const little = { ...limits, storedBytesMax: 50 }
    await expect(retryTask(database, testAccount, 'b', little)).rejects.toMatchObject({ code: 'CDN.0005' })
    expect(await retryTask(database, testAccount, 'c', little)).toBe(false)
    expect(await retryTask(database, 'account-2', 'b', little)).toBe(false)
  })
}

function deleteRules(createPlace: CreatePlace) {
  it('takes the task from every look that its owner has, and its webhook with it', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b']) await taskIn(database, id, 'waiting')
    await deleteTask(database, testAccount, 'a')
    expect(await findTask(database, keyOf(testAccount), 'a')).toBeUndefined()
    const page = { limit: 10, offset: 0 }
    for (const filter of [page, { ...page, id: 'a' }, { ...page, name: 'name of a' }, { ...page, createdFromMs: 0 }]) {
      const listed = await listTasks(database, keyOf(testAccount), filter)
      expect(listed.tasks.map((task) => task.id)).not.toContain('a')
      expect(listed.total).toBe(listed.tasks.length)
    }
    expect(await findDelivery(database, 'a')).toBeUndefined()
    expect(await findDelivery(database, 'b')).toBeDefined()
  })
}

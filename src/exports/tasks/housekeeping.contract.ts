import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { temporaryDirectory } from '../../../test/harness/directory.ts'
import { afterQuery, selects } from '../../../test/harness/queries.ts'
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
import type { Artifacts } from '../../ports/artifacts/artifacts.ts'
import { openArtifactDirectory } from '../../ports/artifacts/directory.ts'
import type { Database } from '../../ports/database/database.ts'
import { findDelivery } from '../webhooks/delivery-store.ts'
import { cancelTask, deleteTask, retryTask } from './change-task.ts'
import { idempotencyMs } from './create-task.ts'
import { keepHouse } from './housekeeping.ts'
import { listTasks } from './task-list.ts'
import { completeTask, heartbeat, leaseMs } from './task-store.ts'

const dayMs = 86_400_000
const lifetimes = { fileMs: 7 * dayMs, taskMs: 90 * dayMs }
const limits = { waitingMax: 100, storedBytesMax: 1_000_000 }

async function houseForTest(createPlace: CreatePlace) {
  const { database, connect } = await databaseForTest(createPlace)
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const artifacts = await openArtifactDirectory(join(directory.path, 'artifacts'))
  const files = async () => {
    const entries = await readdir(join(directory.path, 'artifacts'), { recursive: true, withFileTypes: true })
    return entries
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name)
      .sort()
  }
  return { database, connect, artifacts, files, keep: () => keepHouse({ database, artifacts }, lifetimes) }
}

async function* oneByte() {
  yield Buffer.from('x')
}

/** Claims the waiting task, makes its files, and publishes them. */
async function succeed(database: Database, artifacts: Artifacts) {
  const claim = await claimed(database)
  const artifact = artifactOf(claim)
  for (const { key } of artifact.files ?? []) await artifacts.put(key, oneByte(), new AbortController().signal)
  expect(await completeTask(database, claim, artifact)).toBe(true)
  return claim
}

/** Sets the time at which a task reached its state, this many ms ago. */
const age = (database: Database, id: string, ageMs: number) =>
  alterTask(database, id, { state_since_ms: Date.now() - ageMs })

/** Rules of expiry. */
export function housekeepingContract(createPlace: CreatePlace) {
  describe('a file', () => expiryRules(createPlace))
  describe('a task that has ended', () => forgettingRules(createPlace))
  describe('a deleted task', () => deletedRules(createPlace))
  it('forgets a key after a day, and no other', async () => {
    const { database, keep } = await houseForTest(createPlace)
    for (const key of ['old', 'young']) await addTask(database, key, { idempotency: { key, bodySha256: 'x' } })
    await database.queries
      .updateTable('export_idempotency')
      .set({ created_at_ms: Date.now() - idempotencyMs })
      .where('idempotency_key', '=', 'old')
      .execute()
    await keep()
    const keys = await database.queries.selectFrom('export_idempotency').select('idempotency_key').execute()
    expect(keys).toEqual([{ idempotency_key: 'young' }])
  })
}

function expiryRules(createPlace: CreatePlace) {
  it('is kept for its time, then removed with its manifest; its task stays, expired', async () => {
    const { database, artifacts, files, keep } = await houseForTest(createPlace)
    await addTask(database, 'a')
    await succeed(database, artifacts)
    await age(database, 'a', lifetimes.fileMs - 60_000)
    await keep()
    expect([await stateOf(database, 'a'), (await files()).length]).toEqual(['success', 2])
    await age(database, 'a', lifetimes.fileMs)
    await keep()
    expect(await files()).toEqual([])
    expect(await taskRow(database, 'a')).toMatchObject({ state: 'expired', artifact_key: null, artifact_rows: 7 })
    const listed = await listTasks(database, keyOf(testAccount), { limit: 10, offset: 0 })
    expect(listed).toMatchObject({ total: 1, tasks: [{ id: 'a', state: 'expired' }] })
  })

  it('is of a task that succeeded: others do not expire', async () => {
    const { database, keep } = await houseForTest(createPlace)
    for (const id of ['waiting', 'processing', 'fail', 'canceled'] as const) {
      await addTask(database, id)
      await alterTask(database, id, { state: id })
      await age(database, id, lifetimes.fileMs + dayMs)
    }
    await keep()
    for (const id of ['waiting', 'processing', 'fail', 'canceled']) expect(await stateOf(database, id)).toBe(id)
  })

  it('is removed at the next try when the disk refused, and holds up no other task’s', async () => {
    const { database, artifacts, files } = await houseForTest(createPlace)
    for (const id of ['a', 'b']) {
      await addTask(database, id)
      await succeed(database, artifacts)
      await age(database, id, lifetimes.fileMs)
    }
    await addTask(database, 'c')
    await deleteTask(database, testAccount, 'c')
    await age(database, 'c', 2 * leaseMs)
    const refusing: Artifacts = {
      ...artifacts,
      removeUnder: async (prefix) => {
        if (prefix.startsWith('a/')) throw new Error('the disk refused')
        await artifacts.removeUnder(prefix)
      },
    }
    await expect(keepHouse({ database, artifacts: refusing }, lifetimes)).rejects.toThrow('the disk refused')
    expect([(await files()).length, await taskRow(database, 'c')]).toEqual([2, undefined])
    await keepHouse({ database, artifacts }, lifetimes)
    expect(await files()).toEqual([])
  })

  it('is not that of a retry: an expired task that is made again keeps its new file', async () => {
    const { database, artifacts, files } = await houseForTest(createPlace)
    await addTask(database, 'a')
    await succeed(database, artifacts)
    await age(database, 'a', lifetimes.fileMs)
    // The retry runs to its end between the query and the removal.
    const late: Artifacts = {
      ...artifacts,
      removeUnder: async (prefix) => {
        if (await retryTask(database, testAccount, 'a', limits)) await succeed(database, artifacts)
        await artifacts.removeUnder(prefix)
      },
    }
    await keepHouse({ database, artifacts: late }, lifetimes)
    await keepHouse({ database, artifacts }, lifetimes)
    expect(await taskRow(database, 'a')).toMatchObject({ state: 'success', artifact_key: 'a/2/file.csv' })
    expect(await artifacts.size('a/2/file.csv')).toBe(1)
    expect(await artifacts.size('a/1/file.csv')).toBeNull()
    expect(await files()).toHaveLength(2)
  })

  it('is removed as it expires, without a look through all that expired before', async () => {
    const { database, artifacts, files } = await houseForTest(createPlace)
    for (const id of ['left', 'now']) {
      await addTask(database, id)
      await succeed(database, artifacts)
    }
    await alterTask(database, 'left', { state: 'expired' }) // by a process that was killed just then
    await age(database, 'now', lifetimes.fileMs)
    await keepHouse({ database, artifacts }, lifetimes, false)
    expect(await taskRow(database, 'now')).toMatchObject({ state: 'expired', artifact_key: null })
    expect(await files()).toHaveLength(2)
    await keepHouse({ database, artifacts }, lifetimes, true)
    expect([await files(), (await taskRow(database, 'left'))?.artifact_key]).toEqual([[], null])
  })

  it('expires with however many others at once, each once', async () => {
    const { database, files, keep } = await houseForTest(createPlace)
    for (let n = 0; n < 130; n++) {
      await addTask(database, `task-${n}`)
      await alterTask(database, `task-${n}`, { state: 'success', state_since_ms: 1, artifact_key: `task-${n}/1/x` })
    }
    await Promise.all([keep(), keep()])
    await keep()
    const states = await database.queries.selectFrom('export_task').select(['state', 'artifact_key']).execute()
    expect(new Set(states.map((row) => `${row.state} ${row.artifact_key}`))).toEqual(new Set(['expired null']))
    expect(await files()).toEqual([])
  })

  it('of a task of older builds is a single one: nothing else of the task goes with it', async () => {
    const { database, artifacts, files, keep } = await houseForTest(createPlace)
    await addTask(database, 'a')
    for (const key of ['a/1.csv', 'a/2/file.csv']) await artifacts.put(key, oneByte(), new AbortController().signal)
    await alterTask(database, 'a', { state: 'expired', artifact_key: 'a/1.csv', file_name: 'file.csv' })
    await keep()
    expect([await files(), (await taskRow(database, 'a'))?.artifact_key]).toEqual([['file.csv'], null])
  })
}

function forgettingRules(createPlace: CreatePlace) {
  it('is listed for its time, then gone from list and count', async () => {
    const { database, keep } = await houseForTest(createPlace)
    for (const state of ['fail', 'canceled', 'expired', 'success', 'waiting', 'processing'] as const) {
      await addTask(database, state, { webhookUrl: 'https://example.test/' })
      await alterTask(database, state, { state, artifact_key: null })
      await age(database, state, lifetimes.taskMs - 60_000)
    }
    await age(database, 'success', 1)
    await keep()
    expect(await countedTasks(database)).toBe(6)
    for (const id of ['fail', 'canceled', 'expired', 'waiting', 'processing']) await age(database, id, lifetimes.taskMs)
    await keep()
    const { total, tasks } = await listTasks(database, keyOf(testAccount), { limit: 10, offset: 0 })
    expect(tasks.map((task) => task.id).sort()).toEqual(['processing', 'success', 'waiting'])
    expect(total).toBe(3)
    for (const id of ['fail', 'canceled', 'expired']) expect(await findDelivery(database, id)).toBeUndefined()
    await keep()
    expect(await countedTasks(database)).toBe(3)
  })

  it('stays when it is made to try again at that very moment', async () => {
    const { database, connect, artifacts } = await houseForTest(createPlace)
    const other = await connect()
    await addTask(database, 'a')
    await cancelTask(database, testAccount, 'a')
    await age(database, 'a', lifetimes.taskMs)
    let isRetried = false
    const meanwhile = afterQuery(selects('account_id'), async () => {
      isRetried = await retryTask(other, testAccount, 'a', limits)
    })
    await keepHouse(
      { database: { ...database, queries: database.queries.withPlugin(meanwhile) }, artifacts },
      lifetimes,
    )
    expect(isRetried).toBe(true)
    expect([await stateOf(database, 'a'), await countedTasks(database)]).toEqual(['waiting', 1])
  })

  it('is forgotten by however many processes keep house, and counted once', async () => {
    const { database, keep } = await houseForTest(createPlace)
    for (let n = 0; n < 120; n++) {
      await addTask(database, `task-${n}`)
      await alterTask(database, `task-${n}`, { state: 'canceled', state_since_ms: 1 })
    }
    await addTask(database, 'kept')
    await Promise.all([keep(), keep(), keep()])
    expect(await countedTasks(database)).toBeLessThanOrEqual(21)
    await keep()
    expect(await countedTasks(database)).toBe(1)
  })
}

function deletedRules(createPlace: CreatePlace) {
  it('goes with all its files once no worker can be at it any more', async () => {
    const { database, artifacts, files, keep } = await houseForTest(createPlace)
    await addTask(database, 'a')
    const claim = await claimed(database)
    await artifacts.put('a/1/file.csv', oneByte(), new AbortController().signal)
    await artifacts.put('a/2/file.csv', oneByte(), new AbortController().signal)
    await artifacts.put('aa/1/file.csv', oneByte(), new AbortController().signal)
    await deleteTask(database, testAccount, 'a')
    await age(database, 'a', leaseMs)
    await keep()
    expect([await stateOf(database, 'a'), (await files()).length]).toEqual(['deleted', 3])
    await age(database, 'a', 2 * leaseMs)
    await keep()
    expect([await taskRow(database, 'a'), await artifacts.size('aa/1/file.csv')]).toEqual([undefined, 1])
    expect(await files()).toHaveLength(1)
    expect(await heartbeat(database, claim, { rows: 1, expectedRows: 1 })).toBe(false)
    expect(await completeTask(database, claim, artifactOf(claim))).toBe(false)
  })
}

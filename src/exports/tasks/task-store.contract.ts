import { describe, expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { keyOf } from '../../../test/harness/tasks.ts'
import type { Database } from '../../ports/database/database.ts'
import type { ExportTaskRow } from '../../ports/database/schema.ts'
import type { Claim } from '../run/claim.ts'
import { createTask } from './create-task.ts'
import { taskListContract } from './task-list.contract.ts'
import { findTask } from './task-list.ts'
import { claimTask, completeTask, failTask, heartbeat, leaseMs, reapLeases, returnTask } from './task-store.ts'

const account = 'account-1'
const add = (database: Database, id: string, accountId = account, name = `name of ${id}`) =>
  createTask(database, { id, accountId, name, action: 'reports_detail', requestJson: '{}' })
const find = (database: Database, id: string) => findTask(database, keyOf(account), id)
const artifact = { key: 'task/1.csv', fileName: 'file.csv', rows: 7, bytes: 70, sha256: 'ab'.repeat(32) }

async function claimed(database: Database, owner = 'worker'): Promise<Claim> {
  const claim = await claimTask(database, owner)
  if (!claim) throw new Error('there is nothing to claim')
  return claim
}

/** Alters a row as time would, without waiting. */
const alter = (database: Database, id: string, change: Partial<ExportTaskRow>) =>
  database.queries.updateTable('export_task').set(change).where('id', '=', id).execute()
const expire = (database: Database, id: string) => alter(database, id, { lease_until_ms: 1 })

export function taskStoreContract(createPlace: CreatePlace) {
  describe('claiming', () => claimRules(createPlace))
  describe('a claim', () => heldRules(createPlace))
  describe('a lost lease', () => fencingRules(createPlace))
  describe('attempts', () => attemptRules(createPlace))
  describe('the list', () => taskListContract(createPlace))
}

function claimRules(createPlace: CreatePlace) {
  it('takes the task that has waited longest, ties by id, and null when none waits', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['c', 'a', 'b']) await add(database, id)
    for (const id of ['a', 'b']) await alter(database, id, { run_at_ms: 2 })
    await alter(database, 'c', { run_at_ms: 1 })
    const taken = [await claimed(database), await claimed(database), await claimed(database)]
    expect(taken.map((claim) => claim.task.id)).toEqual(['c', 'a', 'b'])
    expect(await claimTask(database, 'worker')).toBeNull()
  })

  it('records whose it is, until when, which attempt, and the data version it sees', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    expect(await find(database, 'a')).toMatchObject({ state: 'waiting', attempts: 0, lease_owner: null })
    const claim = await claimed(database, 'worker-7')
    expect(claim).toMatchObject({ leaseToken: 1, version: { dataVersion: 0, loadIdMax: 0, hiddenLoadIds: [] } })
    const task = await find(database, 'a')
    expect(task).toEqual(claim.task)
    expect(task).toMatchObject({ state: 'processing', lease_owner: 'worker-7', attempts: 1, data_version: 0 })
    expect(Math.abs((task?.lease_until_ms ?? 0) - Date.now() - leaseMs)).toBeLessThan(5_000)
  })

  it('gives every task to one claim, however many claim at once', async () => {
    const { database } = await databaseForTest(createPlace)
    const ids = Array.from({ length: 30 }, (_, index) => `task-${index}`)
    await Promise.all(ids.map((id) => add(database, id)))
    const claims = await Promise.all(Array.from({ length: 45 }, (_, n) => claimTask(database, `worker-${n}`)))
    const taken = claims.filter((claim) => claim !== null)
    expect(taken.map((claim) => claim.task.id).sort()).toEqual(ids.sort())
    for (const { task } of taken) expect(task).toMatchObject({ attempts: 1, lease_token: 1 })
  })

  it('passes over a task that is put off', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    await returnTask(database, await claimed(database), { delayMs: 60_000, countAttempt: false })
    expect(await claimTask(database, 'worker')).toBeNull()
    await alter(database, 'a', { run_at_ms: 1 })
    expect((await claimed(database)).task.id).toBe('a')
  })
}

function heldRules(createPlace: CreatePlace) {
  it('is prolonged by a heartbeat, which records progress and is no modification', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    const claim = await claimed(database)
    await alter(database, 'a', { lease_until_ms: Date.now() + 1_000 })
    expect(await heartbeat(database, claim, { rows: 3, expectedRows: 9 })).toBe(true)
    const task = await find(database, 'a')
    expect(task).toMatchObject({ progress_rows: 3, expected_rows: 9, updated_at_ms: claim.task.updated_at_ms })
    expect(task?.lease_until_ms).toBeGreaterThan(Date.now() + leaseMs / 2)
  })

  it('publishes the artifact once, and ends with it', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    const claim = await claimed(database)
    expect(await completeTask(database, claim, artifact)).toBe(true)
    expect(await find(database, 'a')).toMatchObject({
      ...{ state: 'success', lease_owner: null, lease_until_ms: null, progress_rows: 7, expected_rows: 7 },
      ...{ artifact_key: 'task/1.csv', file_name: 'file.csv', artifact_rows: 7, artifact_bytes: 70 },
      artifact_sha256: artifact.sha256,
    })
    expect(await completeTask(database, claim, { ...artifact, key: 'task/2.csv' })).toBe(false)
    expect(await heartbeat(database, claim, { rows: 1, expectedRows: 1 })).toBe(false)
  })

  it('fails the task with a reason that its owner may read', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    const claim = await claimed(database)
    await failTask(database, claim, 'CDN.0105', 'No such domain')
    const failed = { state: 'fail', error_code: 'CDN.0105', error_message: 'No such domain', artifact_key: null }
    expect(await find(database, 'a')).toMatchObject(failed)
    expect(await completeTask(database, claim, artifact)).toBe(false)
    expect(await claimTask(database, 'worker')).toBeNull()
  })
}

const staleWrites: Record<string, (database: Database, claim: Claim) => Promise<boolean | undefined>> = {
  'prolong it': (database, claim) => heartbeat(database, claim, { rows: 99, expectedRows: 99 }),
  'publish a file': (database, claim) => completeTask(database, claim, { ...artifact, key: 'stale' }),
  'fail the task': async (database, claim) => {
    await failTask(database, claim, 'FLUXPORT.0001', 'stale')
    return undefined
  },
  'give the task back': async (database, claim) => {
    await returnTask(database, claim, { delayMs: 0, countAttempt: true })
    return undefined
  },
}

function fencingRules(createPlace: CreatePlace) {
  describe.each(Object.keys(staleWrites))('does not let its worker %s', (name) => {
    it.each([
      { when: 'once the reaper was there', isClaimedAgain: false },
      { when: 'once another attempt has begun', isClaimedAgain: true },
    ])('$when', async ({ isClaimedAgain }) => {
      const { database } = await databaseForTest(createPlace)
      await add(database, 'a')
      const stale = await claimed(database, 'slow')
      await expire(database, 'a')
      await reapLeases(database)
      if (isClaimedAgain) await claimed(database, 'fast')
      const before = await find(database, 'a')
      expect(await staleWrites[name]?.(database, stale)).not.toBe(true)
      expect(await find(database, 'a')).toEqual(before)
    })
  })

  it('goes to a second attempt, which may end the task', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    await claimed(database, 'slow')
    await expire(database, 'a')
    expect(await claimTask(database, 'fast')).toBeNull()
    await reapLeases(database)
    const second = await claimed(database, 'fast')
    expect(second.task).toMatchObject({ id: 'a', attempts: 2, lease_token: 2, lease_owner: 'fast' })
    expect(await completeTask(database, second, artifact)).toBe(true)
  })

  it('is one that ran out: the reaper leaves others alone', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    const claim = await claimed(database)
    await reapLeases(database)
    expect(await heartbeat(database, claim, { rows: 1, expectedRows: 1 })).toBe(true)
  })

  it('is any that a process held before it started again, and no other’s', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b']) await add(database, id)
    await claimed(database, 'restarted')
    const theirs = await claimed(database, 'another')
    await reapLeases(database, 'restarted')
    expect([(await find(database, 'a'))?.state, (await find(database, 'b'))?.state]).toEqual(['waiting', 'processing'])
    expect(await heartbeat(database, theirs, { rows: 1, expectedRows: 1 })).toBe(true)
  })
}

const attemptsMax = 20

function attemptRules(createPlace: CreatePlace) {
  it('end when each one died with its process', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      expect((await claimed(database)).task.attempts).toBe(attempt)
      await expire(database, 'a')
      await reapLeases(database)
    }
    expect(await find(database, 'a')).toMatchObject({ state: 'fail', error_code: 'FLUXPORT.0001', lease_owner: null })
    expect(await claimTask(database, 'worker')).toBeNull()
  })

  it('end when each one was given back, later each time and by a minute at most', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    const delays: number[] = []
    for (let attempt = 1; attempt <= attemptsMax; attempt++) {
      await returnTask(database, await claimed(database), { delayMs: 500, countAttempt: true })
      const task = await find(database, 'a')
      if (task?.state === 'waiting') delays.push(Math.round((task.run_at_ms - task.updated_at_ms) / 500) * 500)
      await alter(database, 'a', { run_at_ms: 1 })
    }
    const growing = [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000]
    expect(delays).toEqual([...growing, ...Array.from({ length: attemptsMax - 8 }, () => 60_000)])
    expect(await find(database, 'a')).toMatchObject({ state: 'fail', error_code: 'FLUXPORT.0002' })
  })

  it('that our own shutdown ended do not count', async () => {
    const { database } = await databaseForTest(createPlace)
    await add(database, 'a')
    for (let n = 0; n < attemptsMax + 5; n++) {
      const claim = await claimed(database)
      expect(claim).toMatchObject({ leaseToken: n + 1, task: { attempts: 1 } })
      await returnTask(database, claim, { delayMs: 0, countAttempt: false })
    }
    expect(await find(database, 'a')).toMatchObject({ state: 'waiting', attempts: 0, lease_owner: null })
  })
}

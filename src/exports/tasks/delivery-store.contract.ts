import { describe, expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { addTask, alterTask, testAccount } from '../../../test/harness/tasks.ts'
import type { Database } from '../../ports/database/database.ts'
import type { TaskState, WebhookDeliveryRow } from '../../ports/database/schema.ts'
import { attemptsOf, findDelivery, recordAttempt, takeDelivery, wakeDeliveries } from '../webhooks/delivery-store.ts'
import { postTimeoutMs } from '../webhooks/post.ts'
import { deleteTask, retryTask } from './change-task.ts'

const dayMs = 86_400_000
const limits = { waitingMax: 100, storedBytesMax: 1_000_000 }
const url = 'https://example.test/hook'
const refused = (at = Date.now()) => ({ at, status: 500, error: 'HTTP 500' })

/** A task in a state, with a webhook. */
async function taskIn(database: Database, id: string, state: TaskState, accountId = testAccount) {
  await addTask(database, id, { webhookUrl: url, accountId })
  await alterTask(database, id, { state })
}

const alter = (database: Database, id: string, change: Partial<WebhookDeliveryRow>) =>
  database.queries.updateTable('webhook_delivery').set(change).where('task_id', '=', id).execute()
const makeDue = (database: Database, id: string) => alter(database, id, { next_at_ms: 1 })

/** Takes a delivery that must be due. */
async function taken(database: Database) {
  const delivery = await takeDelivery(database)
  if (!delivery) throw new Error('no delivery is due')
  return delivery
}

/** Rules of webhook deliveries: content, time, process and end. */
export function deliveryStoreContract(createPlace: CreatePlace) {
  describe('waking', () => wakeRules(createPlace))
  describe('taking', () => takeRules(createPlace))
  describe('recording', () => recordRules(createPlace))
}

function wakeRules(createPlace: CreatePlace) {
  it('is of tasks that have ended, whatever they ended as', async () => {
    const { database } = await databaseForTest(createPlace)
    const states: TaskState[] = ['waiting', 'processing', 'success', 'fail', 'canceled', 'expired']
    for (const state of states) await taskIn(database, state, state)
    await wakeDeliveries(database)
    const woken = await Promise.all(states.map(async (state) => [state, (await findDelivery(database, state))?.state]))
    expect(Object.fromEntries(woken)).toEqual({
      ...{ waiting: 'idle', processing: 'idle' },
      ...{ success: 'waiting', fail: 'waiting', canceled: 'waiting', expired: 'waiting' },
    })
    const delivery = await findDelivery(database, 'success')
    expect(Math.abs((delivery?.first_at_ms ?? 0) - Date.now())).toBeLessThan(5_000)
    expect(delivery?.next_at_ms).toBe(delivery?.first_at_ms)
  })

  it('happens once: what was delivered, failed or put off stays so', async () => {
    const { database } = await databaseForTest(createPlace)
    const rows = []
    for (const state of ['waiting', 'delivered', 'failed'] as const) {
      await taskIn(database, state, 'success')
      await alter(database, state, { state, next_at_ms: 77, first_at_ms: 7 })
      rows.push(await findDelivery(database, state))
    }
    await wakeDeliveries(database)
    for (const row of rows) expect(await findDelivery(database, row?.task_id ?? '')).toEqual(row)
  })
}

function takeRules(createPlace: CreatePlace) {
  it('takes what is due longest, with its task, and nothing twice', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b', 'c']) await taskIn(database, id, 'success')
    await wakeDeliveries(database)
    await alter(database, 'b', { next_at_ms: 1 })
    await alter(database, 'c', { next_at_ms: Date.now() + 60_000 })
    const first = await taken(database)
    expect(first).toMatchObject({ delivery: { task_id: 'b', url, attempts: 1 }, task: { id: 'b', state: 'success' } })
    expect((await taken(database)).delivery.task_id).toBe('a')
    expect(await takeDelivery(database)).toBeNull()
  })

  it('is once, however many take at once', async () => {
    const { database } = await databaseForTest(createPlace)
    const ids = Array.from({ length: 12 }, (_, n) => `task-${n}`)
    for (const id of ids) await taskIn(database, id, 'fail')
    await wakeDeliveries(database)
    const all = await Promise.all(Array.from({ length: 20 }, () => takeDelivery(database)))
    expect(all.flatMap((one) => (one ? [one.delivery.task_id] : [])).sort()).toEqual(ids.sort())
  })

  it('is taken again when its process died: after twice the time of a post, not before', async () => {
    const { database } = await databaseForTest(createPlace)
    await taskIn(database, 'a', 'success')
    await wakeDeliveries(database)
    const first = await taken(database)
    const dueInMs = (first.delivery.next_at_ms ?? 0) - Date.now()
    expect(Math.abs(dueInMs - 2 * postTimeoutMs)).toBeLessThan(2_000)
    await makeDue(database, 'a')
    const second = await taken(database)
    expect(second.delivery).toMatchObject({ attempts: 2, lease_token: first.delivery.lease_token + 1 })
    await recordAttempt(database, first.delivery, { at: 1, status: 200, error: null }, 'delivered')
    expect(await findDelivery(database, 'a')).toEqual(second.delivery)
  })

  it('passes over accounts that have enough on their way', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b']) await taskIn(database, id, 'success', `account-${id}`)
    await wakeDeliveries(database)
    await makeDue(database, 'a')
    expect((await takeDelivery(database, ['account-a']))?.delivery.task_id).toBe('b')
    expect(await takeDelivery(database, ['account-a'])).toBeNull()
    expect((await takeDelivery(database, []))?.delivery.task_id).toBe('a')
  })
}

function recordRules(createPlace: CreatePlace) {
  it('ends with an answer of success, or one that wants no more', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const outcome of ['delivered', 'failed'] as const) {
      await taskIn(database, outcome, 'success')
      await wakeDeliveries(database)
      const attempt = { at: 5, status: outcome === 'delivered' ? 204 : 410, error: null }
      await recordAttempt(database, (await taken(database)).delivery, attempt, outcome)
      const row = await findDelivery(database, outcome)
      expect(row).toMatchObject({ state: outcome, next_at_ms: null })
      expect(attemptsOf(row as WebhookDeliveryRow)).toEqual([attempt])
      expect(await takeDelivery(database)).toBeNull()
    }
  })

  it('tries again later each time, and gives up when a day is over', async () => {
    const { database } = await databaseForTest(createPlace)
    await taskIn(database, 'a', 'success')
    await wakeDeliveries(database)
    const startMs = Date.now()
    await alter(database, 'a', { first_at_ms: startMs })
    let nowMs = startMs
    const waits: number[] = []
    for (;;) {
      const { delivery } = await taken(database)
      await recordAttempt(database, delivery, refused(nowMs), 'again')
      const row = await findDelivery(database, 'a')
      if (row?.state === 'failed') break
      const waitMs = Math.round(((row?.next_at_ms ?? 0) - Date.now()) / 5_000) * 5_000
      waits.push(waitMs / 1000)
      nowMs += waitMs
      await makeDue(database, 'a')
    }
    expect(waits.slice(0, 8)).toEqual([5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400])
    expect(new Set(waits.slice(8))).toEqual(new Set([14_400]))
    expect(nowMs - startMs).toBeGreaterThan(dayMs - 14_400_000)
    expect(nowMs - startMs).toBeLessThanOrEqual(dayMs)
    expect(await findDelivery(database, 'a')).toMatchObject({ next_at_ms: null, attempts: waits.length + 1 })
  })

  it('keeps the last fifty attempts', async () => {
    const { database } = await databaseForTest(createPlace)
    await taskIn(database, 'a', 'success')
    await wakeDeliveries(database)
    for (let n = 1; n <= 53; n++) {
      await makeDue(database, 'a')
      await recordAttempt(database, (await taken(database)).delivery, refused(n), 'again')
      await alter(database, 'a', { state: 'waiting' })
    }
    const attempts = attemptsOf((await findDelivery(database, 'a')) as WebhookDeliveryRow)
    expect(attempts.map((attempt) => attempt.at)).toEqual(Array.from({ length: 50 }, (_, n) => n + 4))
  })

  it('says nothing of the next end: a post from before a retry is not that of the new one', async () => {
    const { database } = await databaseForTest(createPlace)
    await taskIn(database, 'a', 'fail')
    await wakeDeliveries(database)
    const before = await taken(database)
    await retryTask(database, testAccount, 'a', limits)
    const delivered = { at: 9, status: 200, error: null }
    await recordAttempt(database, before.delivery, delivered, 'delivered')
    expect(await findDelivery(database, 'a')).toMatchObject({ state: 'idle' })
    await alterTask(database, 'a', { state: 'success' })
    await wakeDeliveries(database)
    await recordAttempt(database, before.delivery, delivered, 'delivered')
    expect(await findDelivery(database, 'a')).toMatchObject({ state: 'waiting' })
    expect((await taken(database)).task).toMatchObject({ id: 'a', state: 'success' })
  })

  it('makes nothing of a task that was deleted meanwhile', async () => {
    const { database } = await databaseForTest(createPlace)
    await taskIn(database, 'a', 'success')
    await wakeDeliveries(database)
    const { delivery } = await taken(database)
    await deleteTask(database, testAccount, 'a')
    await recordAttempt(database, delivery, refused(), 'again')
    expect([await findDelivery(database, 'a'), await takeDelivery(database)]).toEqual([undefined, null])
  })
}

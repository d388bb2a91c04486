import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createSqlitePlace, databaseForTest } from '../../../test/harness/database.ts'
import { silentLog } from '../../../test/harness/directory.ts'
import { ownAddress, type Receiver, startReceiver, withoutOwnAddress } from '../../../test/harness/receiver.ts'
import { addTask, alterTask } from '../../../test/harness/tasks.ts'
import { openSecretBox } from '../../auth/secret-box.ts'
import type { Database } from '../../ports/database/database.ts'
import { startDeliveryLoop } from './delivery-loop.ts'
import { attemptsOf, findDelivery } from './delivery-store.ts'

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver({ '/hangs': () => undefined })
})
afterAll(() => receiver.stop())

const box = openSecretBox(randomBytes(32))

/** A task that has ended, with its end to be posted. */
async function ended(database: Database, id: string, accountId: string, path: string) {
  await addTask(database, id, { accountId, webhookUrl: receiver.url + path })
  await alterTask(database, id, { state: 'success' })
}

function start(database: Database) {
  const loop = startDeliveryLoop({
    database,
    box,
    onAttempt: () => undefined,
    log: silentLog,
    allowPrivate: true,
    atOnceMax: 32,
    payload: ({ id }) => ({ id }),
  })
  onTestFinished(loop.stop)
  return loop
}

async function until(database: Database, id: string, state: string) {
  while ((await findDelivery(database, id))?.state !== state) await delay(10)
}

describe.skipIf(ownAddress === null)(`the delivery loop ${withoutOwnAddress}`, () => {
  it('lets an account’s slow receivers hold up no other account’s', async () => {
    const { database } = await databaseForTest(createSqlitePlace)
    for (let n = 0; n < 40; n++) await ended(database, `slow-${n}`, 'patient', '/hangs')
    for (let n = 0; n < 12; n++) await ended(database, `quick-${n}`, 'quick', '/quick')
    start(database)
    for (let n = 0; n < 12; n++) await until(database, `quick-${n}`, 'delivered')
    expect(receiver.posts('/hangs').length).toBeLessThanOrEqual(4)
    const slow = await Promise.all(Array.from({ length: 40 }, (_, n) => findDelivery(database, `slow-${n}`)))
    expect(slow.flatMap((delivery) => (delivery ? attemptsOf(delivery) : []))).toEqual([])
  })

  it('posts each end once, however many loops do so', async () => {
    const { database } = await databaseForTest(createSqlitePlace)
    for (let n = 0; n < 20; n++) await ended(database, `task-${n}`, `account-${n % 5}`, '/once')
    for (let n = 0; n < 3; n++) start(database)
    for (let n = 0; n < 20; n++) await until(database, `task-${n}`, 'delivered')
    const ids = receiver.posts('/once').map((post) => (JSON.parse(post.body) as { id: string }).id)
    expect(ids.sort()).toEqual(Array.from({ length: 20 }, (_, n) => `task-${n}`).sort())
  })

  it('stops at once, with posts on their way, which are made again later', async () => {
    const { database } = await databaseForTest(createSqlitePlace)
    await ended(database, 'a', 'account', '/hangs')
    const before = receiver.posts('/hangs').length
    const loop = start(database)
    while (receiver.posts('/hangs').length === before) await delay(10)
    const startedMs = performance.now()
    await loop.stop()
    expect(performance.now() - startedMs).toBeLessThan(2_000)
    expect(await findDelivery(database, 'a')).toMatchObject({ state: 'waiting', attempts: 1, attempts_json: '[]' })
  })
})

import { describe, expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { addTask, alterTask, artifactOf, claimed, taskRow, testAccount } from '../../../test/harness/tasks.ts'
import { storedBytes } from '../../accounts/stored-bytes.ts'
import type { Database } from '../../ports/database/database.ts'
import { watchWriting } from '../run/stored-bytes.ts'
import { cancelTask, deleteTask, retryTask } from './change-task.ts'
import { completeTask, failTask } from './task-store.ts'

const limits = { waitingMax: 100, storedBytesMax: 1_000 }
const expecting = (expectedBytes: number) => ({ limits, expectedBytes })
const asserted = { storedBytesMax: limits.storedBytesMax, assertArtifactRoom: async () => undefined }

const refusal = (...texts: string[]) =>
  expect.objectContaining({ code: 'CDN.0005', message: expect.stringMatching(new RegExp(texts.join('.*'))) })

/** Writes bytes in pieces of 100; returns how many bytes passed. */
async function write(watched: ReturnType<typeof watchWriting>, bytes: number): Promise<number> {
  const pieces = async function* () {
    for (let at = 0; at < bytes; at += 100) yield Buffer.alloc(Math.min(100, bytes - at))
  }
  let passed = 0
  for await (const piece of watched(pieces())) passed += piece.length
  return passed
}

const reservedOf = async (database: Database, id: string) => (await taskRow(database, id))?.reserved_bytes

/** Rules of the bytes that tasks may store before they end. */
export function storedBytesContract(createPlace: CreatePlace) {
  describe('bytes of tasks on their way', () => reservationRules(createPlace))
  describe('a file that is written', () => writingRules(createPlace))
}

function reservationRules(createPlace: CreatePlace) {
  it('are reserved with the task, however many creates come at once', async () => {
    const { database } = await databaseForTest(createPlace)
    const creates = Array.from({ length: 40 }, (_, n) => addTask(database, `task-${n}`, expecting(300)))
    const made = (await Promise.allSettled(creates)).filter((create) => create.status === 'fulfilled')
    expect(made).toHaveLength(4)
    expect(await storedBytes(database.queries, testAccount)).toEqual({ files: 0, reserved: 1_000 })
    await expect(addTask(database, 'more', expecting(1))).rejects.toEqual(
      refusal('take 0 bytes', '1000 are kept', 'may take 1000', 'wait'),
    )
  })

  it('come back when the task fails, is cancelled or deleted, and are the file’s own when it is done', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b', 'c', 'd']) await addTask(database, id, expecting(250))
    await cancelTask(database, testAccount, 'd')
    await deleteTask(database, testAccount, 'c')
    const first = await claimed(database)
    await completeTask(database, first, artifactOf(first))
    await failTask(database, await claimed(database), 'FLUXPORT.0001', 'failed')
    expect(await storedBytes(database.queries, testAccount)).toEqual({ files: 100, reserved: 0 })
  })

  it('are reserved again by a retry, and not without room', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', expecting(600))
    await cancelTask(database, testAccount, 'a')
    await addTask(database, 'b', expecting(900))
    expect(await retryTask(database, testAccount, 'a', limits)).toBe(true)
    expect([await reservedOf(database, 'a'), await reservedOf(database, 'b')]).toEqual([100, 900])
    await cancelTask(database, testAccount, 'a')
    await addTask(database, 'c', expecting(100))
    await expect(retryTask(database, testAccount, 'a', limits)).rejects.toEqual(refusal('1000 are kept'))
  })

  it('are of one account', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', { accountId: 'account-2', ...expecting(1_000) })
    expect((await addTask(database, 'b', expecting(1_000))).isNew).toBe(true)
    expect(await reservedOf(database, 'b')).toBe(1_000)
  })
}

function writingRules(createPlace: CreatePlace) {
  it('may grow beyond what was expected as long as the account has room', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', expecting(200))
    const claim = await claimed(database)
    expect(await write(watchWriting({ database, ...asserted }, claim), 1_000)).toBe(1_000)
    expect(await reservedOf(database, 'a')).toBe(1_000)
  })

  it('is refused its first byte over what the account may store, other tasks’ files counted', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', expecting(200))
    const claim = await claimed(database)
    await addTask(database, 'b', expecting(300))
    const watched = watchWriting({ database, ...asserted }, claim)
    expect(await write(watched, 700)).toBe(700)
    await expect(write(watched, 1)).rejects.toEqual(refusal('outgrew', '300 are kept', 'may take 1000'))
    expect(await storedBytes(database.queries, testAccount)).toEqual({ files: 0, reserved: 1_000 })
  })

  it('goes by the account’s own limit as it is now', async () => {
    const { database } = await databaseForTest(createPlace)
    const account = { id: testAccount, name: 'ours', is_first: 1, created_at_ms: 1, stored_bytes_max: 400 }
    await database.queries.insertInto('account').values(account).execute()
    await addTask(database, 'a')
    const claim = await claimed(database)
    await expect(write(watchWriting({ database, ...asserted }, claim), 500)).rejects.toEqual(refusal('may take 400'))
  })

  it('never has several tasks write more together than the account may store', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const id of ['a', 'b', 'c', 'd']) await addTask(database, id, expecting(100))
    const claims = [await claimed(database), await claimed(database), await claimed(database), await claimed(database)]
    const written = claims.map((claim) => write(watchWriting({ database, ...asserted }, claim), 400))
    const done = (await Promise.allSettled(written)).filter(({ status }) => status === 'fulfilled')
    expect(done.length).toBeLessThanOrEqual(2)
    const { reserved } = await storedBytes(database.queries, testAccount)
    expect(reserved).toBeLessThanOrEqual(1_000)
  })

  it('is refused when its disk has no room to spare', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a', expecting(1_000))
    const claim = await claimed(database)
    const full = new Error('there is no room')
    const watched = watchWriting({ database, ...asserted, assertArtifactRoom: () => Promise.reject(full) }, claim)
    await expect(write(watched, 100)).rejects.toBe(full)
  })

  it('of a task from before bytes were reserved asks for them as it is written', async () => {
    const { database } = await databaseForTest(createPlace)
    await addTask(database, 'a')
    await alterTask(database, 'a', { reserved_bytes: 0 })
    expect(await write(watchWriting({ database, ...asserted }, await claimed(database)), 900)).toBe(900)
  })
}

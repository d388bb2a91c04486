import { expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { addTask, alterTask, artifactOf, claimed } from '../../../test/harness/tasks.ts'
import { completeTask } from './task-store.ts'
import { readOldestTasks, readStoredBytes } from './watched-tasks.ts'

const limits = { waitingMax: 100, storedBytesMax: 1_000 }
const expecting = (expectedBytes: number) => ({ limits, expectedBytes })

/** Figures of tasks for those who watch. */
export function watchedTasksContract(createPlace: CreatePlace) {
  it('says since when the oldest task is in each state on its way, and nothing of ended ones', async () => {
    const { database } = await databaseForTest(createPlace)
    expect(await readOldestTasks(database)).toEqual({ waiting: null, waits_for_final: null, processing: null })
    await addTask(database, 'done')
    const done = await claimed(database)
    await completeTask(database, done, artifactOf(done))
    await alterTask(database, 'done', { state_since_ms: 1 })
    await addTask(database, 'at work')
    await claimed(database)
    await alterTask(database, 'at work', { state_since_ms: 20 })
    for (const id of ['older', 'newer', 'for final']) await addTask(database, id)
    await alterTask(database, 'older', { state_since_ms: 30 })
    await alterTask(database, 'newer', { state_since_ms: 40 })
    await alterTask(database, 'for final', { state_since_ms: 10, final_by_ms: 50 })
    expect(await readOldestTasks(database)).toEqual({ waiting: 30, waits_for_final: 10, processing: 20 })
  })

  it('says what each account has stored, may yet write, and may have, the accounts with the most tasks first', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const [id, max] of [
      ['few', null],
      ['many', 5_000],
      ['none', 1],
    ] as const)
      await database.queries
        .insertInto('account')
        .values({ id, name: id, is_first: id === 'few' ? 1 : 0, created_at_ms: 1, stored_bytes_max: max })
        .execute()
    await addTask(database, 'a', { accountId: 'few', ...expecting(200) })
    const claim = await claimed(database)
    await completeTask(database, claim, artifactOf(claim))
    for (const id of ['b', 'c']) await addTask(database, id, { accountId: 'many', ...expecting(300) })
    const both = [
      { accountId: 'many', files: 0, reserved: 600, bytesMax: 5_000 },
      { accountId: 'few', files: 100, reserved: 0, bytesMax: 1_000 },
    ]
    expect(await readStoredBytes(database, { max: 2, serverMax: 1_000 })).toEqual({ accounts: both, leftOutCount: 0 })
    expect(await readStoredBytes(database, { max: 1, serverMax: 1_000 })).toEqual({
      accounts: both.slice(0, 1),
      leftOutCount: 1,
    })
  })
}

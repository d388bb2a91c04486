import { setTimeout as delay } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { addTask, alterTask, artifactOf, claimed } from '../../../test/harness/tasks.ts'
import type { Database } from '../../ports/database/database.ts'
import { cancelTask } from './change-task.ts'
import { claimTask, completeTask } from './task-store.ts'

/** Makes waiting tasks of an account, the first waiting longest: `a-0`, `a-1`, … since `fromMs`. */
async function waiting(database: Database, accountId: string, count: number, fromMs: number) {
  for (let n = 0; n < count; n++) {
    await addTask(database, `${accountId}-${n}`, { accountId })
    await alterTask(database, `${accountId}-${n}`, { run_at_ms: fromMs + n })
  }
}

const account = (id: string, runningMax: number) => ({
  ...{ id, name: id, is_first: 0, created_at_ms: 1, tasks_running_max: runningMax },
})

const runningOf = async (database: Database, accountId: string) =>
  (
    await database.queries
      .selectFrom('export_task')
      .select('id')
      .where('account_id', '=', accountId)
      .where('state', '=', 'processing')
      .execute()
  ).length

/** Rules for the account whose task is claimed next. */
export function claimTurnsContract(createPlace: CreatePlace) {
  it('takes a task of the account with the fewest at work, and of those the one that waits longest', async () => {
    const { database } = await databaseForTest(createPlace)
    await waiting(database, 'a', 4, 1)
    await waiting(database, 'b', 2, 1_000)
    await waiting(database, 'c', 1, 2_000)
    const order: string[] = []
    for (let n = 0; n < 7; n++) order.push((await claimed(database)).task.id)
    expect(order).toEqual(['a-0', 'b-0', 'c-0', 'a-1', 'b-1', 'a-2', 'a-3'])
  })

  it('gives an account its turn again as its tasks end', async () => {
    const { database } = await databaseForTest(createPlace)
    await waiting(database, 'a', 3, 1)
    await waiting(database, 'b', 3, 1_000)
    const first = await claimed(database)
    expect((await claimed(database)).task.id).toBe('b-0')
    await completeTask(database, first, artifactOf(first))
    expect((await claimed(database)).task.id).toBe('a-1')
  })

  it('takes turns, however many claim at once', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    const workers = [database]
    while (database.kind === 'postgres' && workers.length < 4) workers.push(await connect())
    await waiting(database, 'a', 12, 1)
    for (const id of ['b', 'c', 'd']) await waiting(database, id, 1, 1_000)
    const claims = await Promise.all(
      Array.from({ length: 4 }, (_, n) => claimed(workers[n % workers.length] ?? database)),
    )
    expect(claims.map((claim) => claim.task.id).sort()).toEqual(['a-0', 'b-0', 'c-0', 'd-0'])
  })

  it('lets no thousand tasks of one account delay another’s', async () => {
    const { database } = await databaseForTest(createPlace)
    const template = await addTask(database, 'a-first', { accountId: 'a' }).then(() =>
      database.queries.selectFrom('export_task').selectAll().where('id', '=', 'a-first').executeTakeFirstOrThrow(),
    )
    const rows = Array.from({ length: 1_000 }, (_, n) => ({ ...template, id: `a-${n}`, run_at_ms: 1 + n }))
    while (rows.length > 0) await database.queries.insertInto('export_task').values(rows.splice(0, 250)).execute()
    for (let n = 0; n < 5; n++) await claimed(database)
    await waiting(database, 'b', 1, Date.now() - 10)
    const startedMs = performance.now()
    expect((await claimed(database)).task.id).toBe('b-0')
    expect(performance.now() - startedMs).toBeLessThan(1_000)
  })

  it('leaves an account that is at its own limit, or at the server’s, waiting', async () => {
    const { database } = await databaseForTest(createPlace)
    await database.queries
      .insertInto('account')
      .values([account('a', 1), account('b', 3)])
      .execute()
    for (const id of ['a', 'b', 'c']) await waiting(database, id, 5, 1)
    const taken: string[] = []
    for (let claim = await claimTask(database, 'w', 2); claim; claim = await claimTask(database, 'w', 2))
      taken.push(claim.task.account_id)
    expect(taken.sort()).toEqual(['a', 'b', 'b', 'b', 'c', 'c'])
    await cancelTask(database, 'a', 'a-0')
    expect((await claimed(database, 'w', 2)).task.id).toBe('a-1')
    expect(await claimTask(database, 'w', 2)).toBeNull()
  })

  it('never exceeds a limit, however many claim at once', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    const workers = [database]
    while (database.kind === 'postgres' && workers.length < 4) workers.push(await connect())
    await database.queries
      .insertInto('account')
      .values([account('a', 3)])
      .execute()
    await waiting(database, 'a', 30, 1)
    await waiting(database, 'b', 30, 1)
    let isOver = false
    const watch = (async () => {
      for (;;) {
        if (isOver) return
        for (const [id, max] of [
          ['a', 3],
          ['b', 2],
        ] as const) {
          const running = await runningOf(database, id)
          if (running > max) throw new Error(`${running} of ${id} at once`)
        }
        await delay(2)
      }
    })()
    const work = async (worker: Database) => {
      for (;;) {
        const claim = await claimTask(worker, 'w', 2)
        if (!claim) return
        await delay(1)
        await completeTask(worker, claim, artifactOf(claim))
      }
    }
    await Promise.all(Array.from({ length: 16 }, (_, n) => work(workers[n % workers.length] ?? database)))
    for (let left = await claimTask(database, 'w', 2); left; left = await claimTask(database, 'w', 2))
      await completeTask(database, left, artifactOf(left))
    isOver = true
    await watch
    expect([await runningOf(database, 'a'), await runningOf(database, 'b')]).toEqual([0, 0])
  })

  it('passes over an account whose tasks are all put off', async () => {
    const { database } = await databaseForTest(createPlace)
    await waiting(database, 'a', 2, Date.now() + 600_000)
    await waiting(database, 'b', 2, Date.now() - 10)
    const owners = [(await claimed(database)).task.account_id, (await claimed(database)).task.account_id]
    expect(owners).toEqual(['b', 'b'])
    expect(await claimTask(database, 'w')).toBeNull()
  })
}

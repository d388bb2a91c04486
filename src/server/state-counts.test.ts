import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import type { CompiledQuery, KyselyPlugin, RootOperationNode } from 'kysely'
import { describe, expect, it, onTestFinished } from 'vitest'
import { batchForTest, databaseForTest } from '../../test/harness/database.ts'
import { temporaryDirectory } from '../../test/harness/directory.ts'
import { onEachDatabase } from '../../test/harness/each-database.ts'
import { addTask, taskRow } from '../../test/harness/tasks.ts'
import type { Database } from '../ports/database/database.ts'
import { openSqlite } from '../ports/database/sqlite.ts'
import { shareAnswer } from '../share-answer.ts'
import { countBatches, countTasks, followStates } from './state-counts.ts'

const taskStates = ['waiting', 'success', 'success', 'expired', 'deleted'] as const
const batchStates = ['loaded', 'loaded', 'loaded', 'failed', 'queued'] as const

/** More than two walks of an index. */
const rows = 20_000

/** Tasks of two accounts and batches in many states; hundreds changed at the same moment, as a sweep leaves them. */
async function fill(database: Database) {
  for (const accountId of ['account-1', 'account-2']) await addTask(database, `of-${accountId}`, { accountId })
  const id = await batchForTest(database)
  const task = await taskRow(database, 'of-account-1')
  const batch = await database.queries.selectFrom('batch').selectAll().where('id', '=', id).executeTakeFirstOrThrow()
  if (!task) throw new Error('the task is gone')
  for (let from = 0; from < rows; from += 250) {
    const numbers = Array.from({ length: 250 }, (_, n) => from + n)
    const tasks = numbers.map((n) => ({
      ...task,
      id: `task-${n}`,
      state: taskStates[n % 5] ?? 'waiting',
      updated_at_ms: n % 5 === 4 ? -1 : Math.floor(n / 400),
    }))
    await database.queries.insertInto('export_task').values(tasks).execute()
    const batches = numbers.map((n) => ({ ...batch, id: n + 1_000, state: batchStates[n % 5] ?? 'queued' }))
    await database.queries.insertInto('batch').values(batches).execute()
  }
}
const part = rows / 5
const tasksFilled = { waiting: part + 2, success: 2 * part, expired: part, deleted: part }
const batchesFilled = { queued: part + 1, loaded: 3 * part, failed: part }

const none = (states: readonly string[]) => Object.fromEntries(states.map((state) => [state, 0]))
const [noTask, noBatch] = [none(['waiting', 'success', 'fail']), none(['queued', 'failed', 'quarantined'])]

onEachDatabase((name, createPlace) => {
  it(`${name} counts tasks and batches by state, walk by walk; a state without any is at zero`, async () => {
    const { database } = await databaseForTest(createPlace)
    const found = async () => [await countTasks(database), await countBatches(database)]
    expect(await found()).toMatchObject([noTask, noBatch])
    await fill(database)
    expect(await found()).toMatchObject([
      { ...noTask, ...tasksFilled },
      { ...noBatch, ...batchesFilled },
    ])
  })
})

// SQLite answers in the server's own thread: a statement that looks at every row stops everything else meanwhile.
it('SQLite walks indexes alone, a bounded part of them in each statement', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const path = join(directory.path, 'fluxport.sqlite')
  const database = await openSqlite(path)
  onTestFinished(database.close)
  await fill(database)
  const statements: CompiledQuery[] = []
  const watch: KyselyPlugin = {
    transformQuery: ({ node, queryId }) => {
      const copy = structuredClone(node) as RootOperationNode
      statements.push(database.queries.getExecutor().compileQuery(copy, queryId))
      return node
    },
    transformResult: async ({ result }) => result,
  }
  const watching = { ...database, queries: database.queries.withPlugin(watch) }
  await Promise.all([countTasks(watching), countBatches(watching)])

  const sqlite = new BetterSqlite3(path, { readonly: true })
  onTestFinished(() => void sqlite.close())
  expect(statements.length).toBeGreaterThan(20)
  for (const { sql, parameters } of statements) {
    const plan = sqlite.prepare(`explain query plan ${sql}`).all(...parameters) as { detail: string }[]
    const reads = plan.filter(({ detail }) => /\b(export_task|batch)\b/.test(detail) && !/^CO-ROUTINE/.test(detail))
    for (const { detail } of reads) {
      expect(detail, sql).toMatch(/^SEARCH (export_task|batch) USING COVERING INDEX \S+ \(.*(account_id=\?|state=\?)/)
    }
    expect(plan.map(({ detail }) => detail).join(), sql).not.toMatch(/TEMP B-TREE/)
  }
})

describe('figures of states', () => {
  it('are those of now where they are soon counted', async () => {
    let made = 0
    const figures = followStates(
      async () => ({ loaded: ++made }),
      () => 0,
    )
    expect(await figures.read()).toEqual({ loaded: 1 })
    expect(await figures.read()).toEqual({ loaded: 2 })
  })

  it('are those of the last count while a new one is made, which all who ask share', async () => {
    const ends: ((counts: Record<string, number>) => void)[] = []
    const clock = { nowMs: 0 }
    const figures = followStates(
      () =>
        new Promise((resolve) => {
          ends.push(resolve)
        }),
      () => clock.nowMs,
    )
    expect(await figures.read()).toEqual({})
    const asked = [figures.read(), figures.read()]
    clock.nowMs = 1_000
    ends[0]?.({ loaded: 1 })
    expect([await Promise.all(asked), ends.length]).toEqual([[{ loaded: 1 }, { loaded: 1 }], 1])
    await delay(1)
    // One second of counting is followed by twenty of rest.
    clock.nowMs = 20_999
    expect([await figures.read(), ends.length]).toEqual([{ loaded: 1 }, 1])
    clock.nowMs = 21_000
    expect([await figures.read(), ends.length]).toEqual([{ loaded: 1 }, 2])
  })

  it('that nobody can count are not there', async () => {
    let isBroken = false
    const figures = followStates(
      async () => {
        if (isBroken) throw new Error('the database is gone')
        return { loaded: 1 }
      },
      () => 0,
    )
    expect(await figures.read()).toEqual({ loaded: 1 })
    isBroken = true
    expect(await figures.read()).toEqual({})
  })
})

it('one answer is made for all who ask at once, and a new one after it failed', async () => {
  const ends: { resolve: (text: string) => void; reject: (error: Error) => void }[] = []
  const read = shareAnswer(() => new Promise<string>((resolve, reject) => ends.push({ resolve, reject })), 1_000)
  const asked = [read(), read(), read()]
  ends[0]?.reject(new Error('no'))
  expect((await Promise.allSettled(asked)).map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  const again = [read(), read()]
  ends[1]?.resolve('figures')
  expect(await Promise.all(again)).toEqual(['figures', 'figures'])
  expect([await read(), ends.length]).toEqual(['figures', 2])
})

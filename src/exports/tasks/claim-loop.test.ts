import { readdir } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { RootOperationNode } from 'kysely'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { createSqlitePlace, databaseForTest } from '../../../test/harness/database.ts'
import { silentLog, temporaryDirectory } from '../../../test/harness/directory.ts'
import { startTestEngine } from '../../../test/harness/engine.ts'
import { afterQuery } from '../../../test/harness/queries.ts'
import { addTask, stateOf, taskRow, testAccount } from '../../../test/harness/tasks.ts'
import { claimDomain } from '../../accounts/ownership.ts'
import type { Artifacts } from '../../ports/artifacts/artifacts.ts'
import { openArtifactDirectory } from '../../ports/artifacts/directory.ts'
import type { Database } from '../../ports/database/database.ts'
import { untimed } from '../../stage-times.ts'
import { parseExportRequest } from '../request/export-request.ts'
import { type ClaimLoop, startClaimLoop } from './claim-loop.ts'
import { claimTask } from './task-store.ts'

let engine: Awaited<ReturnType<typeof startTestEngine>>
beforeAll(async () => {
  engine = await startTestEngine()
})
afterAll(() => engine.stop())

const dayMs = 86_400_000
const endTimeMs = Date.parse('2026-09-01T00:00:00+08:00')
const defaults = { timeZone: 'Asia/Shanghai', format: 'csv', compression: 'none', billing: null as never } as const

/** A request of some days of one domain: 288 rows a day. */
const requestJson = (days: number) =>
  JSON.stringify(
    parseExportRequest(
      { start_time: endTimeMs - days * dayMs, end_time: endTimeMs, interval: 300, domain_name: 'www.example.test' },
      defaults,
      Date.now(),
    ),
  )

async function workForTest() {
  const { database } = await databaseForTest(createSqlitePlace)
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const artifacts = await openArtifactDirectory(directory.path)
  const account = { id: testAccount, name: 'ours', is_first: 1, created_at_ms: 1 }
  await database.queries.insertInto('account').values(account).execute()
  await claimDomain(database, testAccount, 'www.example.test')
  const attempts = async (): Promise<string[]> => {
    const entries = await readdir(directory.path, { recursive: true, withFileTypes: true }).catch((error) => {
      if (error.code === 'ENOENT') return null // a directory was removed meanwhile
      throw error
    })
    if (!entries) return await attempts()
    return entries.filter((entry) => entry.isFile()).map((entry) => entry.parentPath.slice(directory.path.length + 1))
  }
  const start = async (on: Database = database, at: Artifacts = artifacts): Promise<ClaimLoop> => {
    const lifetimes = { fileMs: dayMs, taskMs: dayMs }
    const storage = { stages: untimed, storedBytesMax: 1e9, assertArtifactRoom: async () => undefined }
    const parts = { database: on, artifacts: at, warehouse: engine.warehouse, clientKey: async () => null, ...storage }
    const loop = await startClaimLoop({
      ...{ ...parts, owner: 'this-process', concurrency: 1, tasksRunningMax: 9, lifetimes, log: silentLog },
    })
    onTestFinished(loop.stop)
    return loop
  }
  return { database, artifacts, start, attempts }
}

async function until(database: Database, id: string, ...states: string[]) {
  while (!states.includes(String(await stateOf(database, id)))) await delay(10)
  return await taskRow(database, id)
}

describe('the claim loop', () => {
  it('makes a waiting task’s files, its own attempt’s and no other’s', async () => {
    const { database, artifacts, start, attempts } = await workForTest()
    await addTask(database, 'a', { requestJson: requestJson(1) })
    await claimTask(database, 'this-process') // then the process died
    for (const key of ['a/1/half.csv', 'other/1/x.csv'])
      await artifacts.put(key, (async function* () {})(), new AbortController().signal)
    await start()
    expect(await until(database, 'a', 'success')).toMatchObject({ artifact_rows: 288, lease_token: 2, attempts: 2 })
    while ((await attempts()).includes('a/1')) await delay(10)
    expect((await attempts()).sort()).toEqual(['a/2', 'a/2', 'other/1'])
  })

  it('leaves nothing of any attempt when a task fails for good', async () => {
    const { database, artifacts, start, attempts } = await workForTest()
    const lost = requestJson(1).replace('www.example.test', 'gone.example.test')
    await addTask(database, 'a', { requestJson: lost })
    await claimTask(database, 'this-process') // then the process died
    await artifacts.put('a/1/half.csv', (async function* () {})(), new AbortController().signal)
    await start()
    expect(await until(database, 'a', 'fail')).toMatchObject({ error_code: 'CDN.0105' })
    expect(await attempts()).toEqual([])
  })

  it('keeps what it published when the database’s answer to that is lost', async () => {
    const { database, start, attempts } = await workForTest()
    let losses = 0
    const publishes = ({ kind, ...node }: RootOperationNode) =>
      kind === 'UpdateQueryNode' && JSON.stringify(node).includes('"artifact_sha256"')
    const losing = afterQuery(publishes, async () => {
      losses += 1
      throw new Error('the connection was lost')
    })
    await addTask(database, 'a', { requestJson: requestJson(1) })
    const loop = await start({ ...database, queries: database.queries.withPlugin(losing) })
    await until(database, 'a', 'success')
    await loop.stop()
    expect([losses, await stateOf(database, 'a')]).toEqual([1, 'success'])
    expect(await attempts()).toEqual(['a/1', 'a/1'])
  })

  it('keeps what it published when an earlier attempt’s files cannot be removed', async () => {
    const { database, artifacts, start, attempts } = await workForTest()
    await addTask(database, 'a', { requestJson: requestJson(1) })
    await claimTask(database, 'this-process') // then the process died
    let refusals = 0
    const loop = await start(database, {
      ...artifacts,
      removeUnder: async (prefix) => {
        if (prefix === 'a/1' && ++refusals === 1) throw new Error('the disk refused')
        await artifacts.removeUnder(prefix)
      },
    })
    await until(database, 'a', 'success')
    await loop.stop()
    expect([refusals, await stateOf(database, 'a'), await attempts()]).toEqual([1, 'success', ['a/2', 'a/2']])
  })

  it('gives a task back when it is stopped, its attempt not counted and its files gone', async () => {
    const { database, start, attempts } = await workForTest()
    await addTask(database, 'a', { requestJson: requestJson(90).replace('"csv"', '"xlsx"') })
    const loop = await start()
    await until(database, 'a', 'processing')
    await loop.stop()
    const task = await taskRow(database, 'a')
    expect(task).toMatchObject({ state: 'waiting', attempts: 0, lease_owner: null })
    expect(await attempts()).toEqual([])
    await start()
    expect(await until(database, 'a', 'success')).toMatchObject({ artifact_rows: 90 * 288, attempts: 1 })
  })
})

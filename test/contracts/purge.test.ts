import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import { formatByName } from '../../src/ingest/formats/recognise.ts'
import { loadEmpty } from '../../src/ingest/load/load-empty.ts'
import { type LoadsToWrite, writeLoads } from '../../src/ingest/load/write-load.ts'
import { requeueInterrupted } from '../../src/ledger/batches.ts'
import { beginLoads } from '../../src/ledger/loads.ts'
import { purge } from '../../src/ledger/purge.ts'
import { migrateWarehouse } from '../../src/ports/warehouse/migrate.ts'
import { type Warehouse, WarehouseUnavailable } from '../../src/ports/warehouse/warehouse.ts'
import { noPrivacy } from '../../src/privacy/load-privacy.ts'
import { untimed } from '../../src/stage-times.ts'
import { batchForTest, createSqlitePlace, databaseForTest } from '../harness/database.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { linesOf } from '../harness/load-queue.ts'
import { startLocalServer, startServerByUrl, type WarehouseServer } from '../harness/warehouse.ts'

const owner = 'this-process'
const never = new AbortController().signal
const lines = 30
const sleepSeconds = 15

let server: WarehouseServer
let local: WarehouseServer
beforeAll(async () => {
  ;[server, local] = await Promise.all([startServerByUrl(), startLocalServer()])
})
afterAll(() => Promise.all([server.stop(), local.stop()]))

/** A warehouse that takes long to write usage and spans, and what can be seen of it. */
async function openSlow(at: WarehouseServer = server) {
  const { database } = await databaseForTest(createSqlitePlace)
  const warehouse = await at.open()
  await migrateWarehouse(warehouse)
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const path = join(directory.path, 'a.log')
  await writeFile(path, linesOf('a', lines))
  const slow: Warehouse = {
    ...warehouse,
    command: (sql, parameters, run) => warehouse.command(slowed(sql), parameters, run),
  }
  const running = () =>
    warehouse.rows<{ queryId: string }>(
      `SELECT query_id AS queryId FROM system.processes
      WHERE current_database = currentDatabase() AND query_kind = 'Insert' AND query ILIKE '%sleepEachRow%'`,
    )
  /** Resolves once a slow insert runs. */
  const begun = async () => {
    await vi.waitFor(async () => expect(await running()).toHaveLength(1), { timeout: 20_000, interval: 5 })
  }
  const rowsIn = (table: string) => warehouse.rows(`SELECT load_id AS loadId FROM ${table}`)
  return { database, warehouse, slow, directory, path, running, begun, rowsIn }
}

type Slow = Awaited<ReturnType<typeof openSlow>>

/** The same insert; it sleeps for a quarter of a minute, of each load. */
function slowed(sql: string): string {
  const settings = 'SETTINGS function_sleep_max_microseconds_per_block = 100000000'
  if (sql.includes('INSERT INTO usage'))
    return `${sql.replace('WHERE', `WHERE sleepEachRow(${sleepSeconds / lines}) = 0 AND`)} ${settings}`
  return sql.includes('INSERT INTO load_span') ? `${sql} WHERE sleepEachRow(${sleepSeconds}) = 0 ${settings}` : sql
}

/** Writes loads of so many batches. */
async function write(test: Slow, on: Warehouse, batches = 1) {
  const { database, directory, path } = test
  const batchIds: number[] = []
  while (batchIds.length < batches) batchIds.push(await batchForTest(database, { owner }))
  const loadIds = await beginLoads(database, batchIds)
  const linksDirectory = join(directory.path, 'links')
  await mkdir(linksDirectory)
  for (const loadId of loadIds) await symlink(path, join(linksDirectory, String(loadId)))
  const [batch] = await database.queries.selectFrom('batch').selectAll().execute()
  const content = batches === 1 ? { path, compression: 'none' } : { linksDirectory, compression: 'none' }
  const format = formatByName(logFormats, 'huawei_offline')
  const deps = { database, warehouse: on, geo: { version: async () => null }, privacy: noPrivacy, stages: untimed }
  const unknownClientArea = 'mainland_china' as const
  const loads = { batch, format, content, loadIds, linesBefore: 0 } as LoadsToWrite
  return await writeLoads({ ...deps, unknownClientArea, nowMs: () => Date.parse('2026-11-22T00:00:00Z') }, loads, never)
}

const settled = (work: Promise<unknown>) =>
  work.then(
    () => 'ended by itself',
    () => 'was ended',
  )

/** What the next start does with the loads of a killed process, whose insert goes on at the server. */
async function expectNothingLeft(test: Slow, table: string, writing: Promise<unknown>) {
  const left = settled(writing)
  await test.begun()
  const dead = await requeueInterrupted(test.database, owner)
  expect(await purge(test)).toBe(dead.length)
  const ending = await left
  expect(await test.rowsIn(table)).toEqual([])
  expect([ending, await test.running()]).toEqual(['was ended', []])
}

describe('purging the load of a process that was killed', () => {
  it('ends its insert of usage before it removes rows: none come after', async () => {
    const test = await openSlow()
    await expectNothingLeft(test, 'usage', write(test, test.slow))
  })

  it('ends the one insert of loads that were written together', async () => {
    const test = await openSlow(local)
    await expectNothingLeft(test, 'usage', write(test, test.slow, 3))
  })

  it('ends the insert of what it says of its source', async () => {
    const test = await openSlow()
    const { database, slow: warehouse, path } = test
    const name = '2026090108-www.example.test-cn.log' // an empty file of this name says that nothing was requested
    await batchForTest(database, { name, owner, content: { path, compression: 'none' } })
    const batch = await database.queries.selectFrom('batch').selectAll().executeTakeFirstOrThrow()
    const loading = loadEmpty({ database, warehouse, nowMs: () => 0 }, batch, new AbortController().signal)
    await expectNothingLeft(test, 'load_span', loading)
  })
})

describe('an insert whose connection broke', () => {
  it('is ended before its load is given up', async () => {
    const test = await openSlow()
    const breaks = async () => {
      await test.begun()
      throw new WarehouseUnavailable(new Error('the connection broke'))
    }
    const command: Warehouse['command'] = async (...given) => {
      const work = test.slow.command(...given)
      await Promise.race([work, breaks()])
    }
    await expect(write(test, { ...test.slow, command })).rejects.toThrow('does not answer')
    expect(await test.running()).toEqual([])
    expect(await test.rowsIn('usage')).toEqual([])
  })
})

import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { batchForTest, createSqlitePlace, databaseForTest } from '../../../test/harness/database.ts'
import { silentLog } from '../../../test/harness/directory.ts'
import { addTask, claimed } from '../../../test/harness/tasks.ts'
import { startLocalServer, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import { failTask } from '../../exports/tasks/task-store.ts'
import { finishBatch } from '../../ledger/batch-outcome.ts'
import { readFloors } from '../../ledger/floors.ts'
import { firstKeptMs, type KeepDays } from '../../ledger/kept-data.ts'
import { beginLoad, forgetBatch, makeVisible } from '../../ledger/loads.ts'
import { purge } from '../../ledger/purge.ts'
import { rollUpNext } from '../../ledger/roll-up.ts'
import type { Database } from '../../ports/database/database.ts'
import { migrateWarehouse } from '../../ports/warehouse/migrate.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { takePin } from '../backup/backup-pin.ts'
import { sweep } from './sweep.ts'

const owner = 'this-process'
const never = new AbortController().signal
const dayMs = 86_400_000
const days = 40

/** Requests are dropped early; the sums by URL and place, too, once a whole month is that old. */
const keepDays: KeepDays = { request: 10, usage: null, url_daily: 20, geography_hourly: 20 }
const tables = ['request', 'usage', 'url_daily', 'geography_hourly'] as const

let server: WarehouseServer
let database: Database
let warehouse: Warehouse
beforeAll(async () => {
  server = await startLocalServer()
})
afterAll(() => server.stop())
beforeEach(async () => {
  ;({ database } = await databaseForTest(createSqlitePlace))
  warehouse = await server.open()
  await migrateWarehouse(warehouse)
})

/** A pending load: a hundred requests of each of the last 40 days, and their usage. */
async function written() {
  const batchId = await batchForTest(database, { owner })
  const loadId = await beginLoad(database, batchId)
  await warehouse.command(
    `INSERT INTO request (time, domain, service_area, country, path, bytes, load_id)
    SELECT toStartOfDay(now('UTC')) - INTERVAL number % ${days} DAY, 'd.test', 'mainland_china', 'cn',
      concat('/', toString(number % 7)), 1000 + number, {loadId:UInt64}
    FROM numbers(${days * 100}) SETTINGS max_partitions_per_insert_block = 0`,
    { loadId },
  )
  await warehouse.command(
    `INSERT INTO usage (bucket, domain, service_area, load_id, requests, flux_bytes)
    SELECT toStartOfFiveMinutes(time), domain, service_area, load_id, count(), sum(bytes)
    FROM request WHERE load_id = {loadId:UInt64} GROUP BY 1, 2, 3, 4`,
    { loadId },
  )
  return { batchId, loadId }
}
async function loaded() {
  const { batchId, loadId } = await written()
  await database.write((tx) => makeVisible(tx, loadId, []))
  await finishBatch(database, batchId, { state: 'loaded', loaded_at_ms: 1 })
  return { batchId, loadId }
}
const rollUp = () => rollUpNext({ database, warehouse, owner }, never)

const timeColumns = { request: 'time', usage: 'bucket', url_daily: 'day', geography_hourly: 'hour' }
type Held = { firstMs: number; requests: number }
async function held(table: (typeof tables)[number], loadId?: number): Promise<Held> {
  const [row] = await warehouse.rows<Held>(
    `SELECT toUnixTimestamp(min(${timeColumns[table]})) * 1000 AS firstMs,
      ${table === 'request' ? 'count()' : 'sum(requests)'} AS requests FROM ${table}
    WHERE {loadId:UInt64} IN (0, load_id)`,
    { loadId: loadId ?? 0 },
  )
  return row as Held
}
const dropped = async () => (await held('request')).requests < days * 100
const run = (on: Warehouse = warehouse, signal = never, keep = keepDays) =>
  sweep({ database, warehouse: on, keepDays: keep, log: silentLog }, signal)

describe('a sweep', () => {
  it('does nothing unless it is told to', async () => {
    await loaded()
    await rollUp()
    const forEver = { request: null, usage: null, url_daily: null, geography_hourly: null }
    expect(await run(warehouse, never, forEver)).toEqual([])
    expect(await held('request')).toMatchObject({ requests: days * 100 })
    expect(await readFloors(database.queries)).toEqual({ request: 0, usage: 0, url_daily: 0, geography_hourly: 0 })
  })

  it('drops whole partitions of what is past its time, each source for itself, and again nothing', async () => {
    await loaded()
    await rollUp()
    const before = { usage: await held('usage') }
    const gone = await run()
    const now = Date.now()
    const floors = await readFloors(database.queries)
    expect(floors).toEqual({
      request: firstKeptMs('request', 10, now),
      usage: 0,
      url_daily: firstKeptMs('url_daily', 20, now),
      geography_hourly: firstKeptMs('geography_hourly', 20, now),
    })
    expect(await held('request')).toEqual({ firstMs: floors.request, requests: 11 * 100 })
    expect(await held('usage')).toEqual(before.usage)
    expect((await held('geography_hourly')).firstMs).toBeGreaterThanOrEqual(floors.geography_hourly)
    expect(gone.filter(({ source }) => source === 'request')).toHaveLength(days - 11)
    expect(gone.every((one) => one.endMs <= floors[one.source])).toBe(true)
    expect(await run()).toEqual([])
  })

  it('says what is gone before it goes, and drops the rest after it was killed at any drop', async () => {
    await loaded()
    await rollUp()
    const drops = days - 11
    for (const n of [1, 2, drops]) {
      let count = 0
      const dying: Warehouse = {
        ...warehouse,
        command: async (sql, parameters, how) => {
          expect((await readFloors(database.queries)).request).toBeGreaterThan(0)
          if (++count === n) throw new Error('the process died')
          await warehouse.command(sql, parameters, how)
        },
      }
      await expect(run(dying)).rejects.toThrow('the process died')
      await expect(dropped()).resolves.toBe(n > 1)
    }
    await run()
    expect((await held('request')).requests).toBe(11 * 100)
  })

  it('leaves a batch that can be forgotten exactly', async () => {
    const [kept, gone] = [await loaded(), await loaded()]
    while (await rollUp());
    await run()
    const own = await Promise.all(tables.map((table) => held(table, kept.loadId)))
    expect(await forgetBatch(database, gone.batchId)).toBe(true)
    expect(await purge({ database, warehouse })).toBe(1)
    expect(await Promise.all(tables.map((table) => held(table)))).toEqual(own)
    expect(own[1]?.requests).toBe(days * 100)
  })
})

describe('a drop waits', () => {
  const notYet = async (sweeping: Promise<unknown>) => {
    const ended = await Promise.race([sweeping.then(() => true), delay(1_200, false)])
    expect([ended, await dropped()]).toEqual([false, false])
  }

  it('until what was loaded before is rolled up, so that the sums have it whole', async () => {
    const { loadId } = await loaded()
    const sweeping = run()
    await notYet(sweeping)
    await rollUp()
    expect((await held('url_daily', loadId)).requests).toBe(days * 100)
    await sweeping
    expect(await dropped()).toBe(true)
  })

  it('until a load that began before has ended, and not for one that begins after', async () => {
    const { loadId, batchId } = await written()
    const sweeping = run()
    await notYet(sweeping)
    const later = await beginLoad(database, await batchForTest(database, { owner }))
    await database.write((tx) => makeVisible(tx, loadId, []))
    await finishBatch(database, batchId, { state: 'loaded', loaded_at_ms: 1 })
    await rollUp()
    await sweeping
    expect([await dropped(), later > loadId]).toEqual([true, true])
  })

  it('until exports of that time that are at work have ended, and not for ones that are claimed after', async () => {
    await loaded()
    await rollUp()
    const old = { requestJson: JSON.stringify({ startTimeMs: Date.now() - 30 * dayMs }) }
    await addTask(database, 'running', old)
    const claim = await claimed(database)
    await addTask(database, 'recent', { requestJson: JSON.stringify({ startTimeMs: Date.now() - dayMs }) })
    await claimed(database)
    const sweeping = run()
    await notYet(sweeping)
    await addTask(database, 'later', old)
    await claimed(database)
    await failTask(database, claim, 'FLUXPORT.0001', 'it has ended')
    await sweeping
    expect(await dropped()).toBe(true)
  })

  it('until a backup that is being made has ended', async () => {
    await loaded()
    await rollUp()
    const pin = await takePin(database)
    const sweeping = run()
    await notYet(sweeping)
    const later = await takePin(database)
    await pin.release()
    await sweeping
    expect(await dropped()).toBe(true)
    await later.release()
  })

  it('no longer when the server stops', async () => {
    await loaded()
    const stop = new AbortController()
    const sweeping = run(warehouse, stop.signal)
    await notYet(sweeping)
    stop.abort(new Error('shutting down'))
    await expect(sweeping).rejects.toThrow()
    expect(await dropped()).toBe(false)
  })
})

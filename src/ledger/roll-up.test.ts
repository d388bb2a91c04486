import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { batchForTest, createSqlitePlace, databaseForTest } from '../../test/harness/database.ts'
import { startLocalServer, type WarehouseServer } from '../../test/harness/warehouse.ts'
import type { Database } from '../ports/database/database.ts'
import { migrateWarehouse } from '../ports/warehouse/migrate.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { finishBatch } from './batch-outcome.ts'
import { pinDataVersion } from './data-version.ts'
import { beginLoad, forgetBatch, makeVisible } from './loads.ts'
import { purge } from './purge.ts'
import { rollUpNext, rollUpQueryIds } from './roll-up.ts'
import { beginRollUps } from './roll-up-marks.ts'

const owner = 'this-process'
const never = new AbortController().signal
const rows = 5_000

/** Writing statements of a roll-up, by number; each may be the last before something happens. */
const moments = [1, 2]

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

/** A counting load: requests of three days and two months, some with the same URL, from several places. */
async function loaded() {
  const batchId = await batchForTest(database, { owner })
  const loadId = await beginLoad(database, batchId)
  await warehouse.command(
    `INSERT INTO request (time, domain, service_area, country, province, carrier, path, query, bytes, load_id)
    SELECT toDateTime('2026-08-30 12:00:00', 'UTC') + number * 50, concat('d', toString(number % 3), '.test'),
      if(number % 7 = 0, 'outside_mainland_china', 'mainland_china'), 'cn', toString(number % 5), toString(number % 2),
      concat('/', toString(number % 900)), toString(number % 2), 1000 + number, {loadId:UInt64}
    FROM numbers(${rows}) SETTINGS max_partitions_per_insert_block = 0`,
    { loadId },
  )
  await warehouse.command(
    `INSERT INTO usage (bucket, domain, service_area, load_id, requests, flux_bytes)
    SELECT toStartOfFiveMinutes(time), domain, service_area, load_id, count(), sum(bytes)
    FROM request WHERE load_id = {loadId:UInt64} GROUP BY 1, 2, 3, 4`,
    { loadId },
  )
  await database.write((tx) => makeVisible(tx, loadId, []))
  await finishBatch(database, batchId, { state: 'loaded', loaded_at_ms: 1 })
  return { batchId, loadId }
}

type Sums = { loadId: number; requests: number; flux: number }

/** The sums of each load in a table. */
const sumsOf = (table: string): Promise<Sums[]> =>
  warehouse.rows<Sums>(
    `SELECT load_id AS loadId, ${table === 'request' ? 'count()' : 'sum(requests)'} AS requests,
      sum(${table === 'request' ? 'bytes' : 'flux_bytes'}) AS flux FROM ${table} GROUP BY load_id ORDER BY load_id`,
  )
async function expectExact(loadIds: number[]) {
  const sums = await sumsOf('request')
  expect(sums.map((load) => load.loadId)).toEqual(loadIds)
  for (const table of ['usage', 'url_daily', 'geography_hourly']) expect(await sumsOf(table), table).toEqual(sums)
}
const toRollUp = async () => (await database.write((tx) => pinDataVersion(database, tx))).loadIdsToRollUp

const roll = (on: Warehouse = warehouse, signal = never) => rollUpNext({ database, warehouse: on, owner }, signal)

/** The warehouse, with an event around the nth INSERT. */
function around(n: number, happens: { before?: () => Promise<void>; after?: () => Promise<void> }): Warehouse {
  let inserts = 0
  return {
    ...warehouse,
    command: async (sql, parameters, run) => {
      const isIt = sql.includes('INSERT') && ++inserts === n
      if (isIt) await happens.before?.()
      await warehouse.command(sql, parameters, run)
      if (isIt) await happens.after?.()
    },
  }
}
const dies = async () => {
  throw new Error('the process died')
}

describe('a roll-up', () => {
  it('gives every rollup exactly each load’s requests, of many loads at once', async () => {
    const [first, second] = [await loaded(), await loaded()]
    expect(await roll()).toBe(true)
    expect(await toRollUp()).toEqual([])
    expect(await roll()).toBe(false)
    await expectExact([first.loadId, second.loadId])
    expect(await toRollUp()).toEqual([])
  })

  it.each(moments)('that failed before or after statement %i is done again, exactly', async (n) => {
    const other = await loaded()
    await roll()
    const { loadId } = await loaded()
    await expect(roll(around(n, { before: dies }))).rejects.toThrow('the process died')
    await expect(roll(around(n, { after: dies }))).rejects.toThrow('the process died')
    expect(await toRollUp()).toEqual([loadId])
    expect(await roll()).toBe(true)
    await expectExact([other.loadId, loadId])
  })

  it.each(moments)('that our own shutdown ends at statement %i is done again, exactly', async (n) => {
    const { loadId } = await loaded()
    const stop = new AbortController()
    const stopping = around(n, { before: async () => stop.abort(new Error('shutting down')) })
    await expect(roll(stopping, stop.signal)).rejects.toThrow()
    expect(await toRollUp()).toEqual([loadId])
    await roll()
    await expectExact([loadId])
  })

  it('ends what a killed process left running at a server before it writes', async () => {
    const { loadId } = await loaded()
    const [queryId = ''] = rollUpQueryIds(owner)
    await beginRollUps(database, owner)
    const left = warehouse
      .command(
        `INSERT INTO url_daily (day, domain, load_id, requests, flux_bytes)
        SELECT now(), toString(sleepEachRow(0.2)), {loadId:UInt64}, 1, 1 FROM numbers(100)
        SETTINGS max_block_size = 1, min_insert_block_size_rows = 1, min_insert_block_size_bytes = 1`,
        { loadId },
        { queryId, signal: never },
      )
      .then(
        () => 'ended by itself',
        () => 'was ended',
      )
    while ((await sumsOf('url_daily')).length === 0);
    await roll()
    expect(await left).toBe('was ended')
    await expectExact([loadId])
  })

  it('of a load without requests is done at once', async () => {
    const batchId = await batchForTest(database, { owner })
    const loadId = await beginLoad(database, batchId)
    await database.write((tx) => makeVisible(tx, loadId, []))
    expect(await roll()).toBe(true)
    expect([await toRollUp(), await roll()]).toEqual([[], false])
  })
})

describe('a load that is forgotten during its roll-up', () => {
  const everyTable = ['request', 'usage', 'rejected', 'url_daily', 'geography_hourly']
  const expectNothingOf = async (loadId: number, kept: number) => {
    for (const table of everyTable) {
      const found = await warehouse.rows(`SELECT 1 FROM ${table} WHERE load_id = {loadId:UInt64} LIMIT 1`, { loadId })
      expect(found, table).toEqual([])
    }
    await expectExact([kept])
    const row = await database.queries.selectFrom('load').select('state').where('load_id', '=', loadId).execute()
    expect(row).toEqual([{ state: 'purged' }])
  }

  it.each(moments)('leaves nothing in any table in the end: before and after statement %i', async (n) => {
    const kept = await loaded()
    await roll()
    for (const when of ['before', 'after'] as const) {
      const { batchId, loadId } = await loaded()
      const forgets = async () => {
        expect(await forgetBatch(database, batchId)).toBe(true)
        expect(await purge({ database, warehouse })).toBe(0) // its roll-up may still write rows
      }
      expect(await roll(around(n, { [when]: forgets }))).toBe(true)
      expect(await purge({ database, warehouse })).toBe(1)
      await expectNothingOf(loadId, kept.loadId)
    }
    expect(await roll()).toBe(false)
  })

  it.each(moments)('leaves nothing when the roll-up fails as well: at statement %i', async (n) => {
    const kept = await loaded()
    await roll()
    const { batchId, loadId } = await loaded()
    const failing = around(n, {
      after: async () => {
        await forgetBatch(database, batchId)
        await dies()
      },
    })
    await expect(roll(failing)).rejects.toThrow('the process died')
    expect(await purge({ database, warehouse })).toBe(1)
    await expectNothingOf(loadId, kept.loadId)
  })
})

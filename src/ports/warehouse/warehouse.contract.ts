import { readdirSync, readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { testRun, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import { insertLinesContract } from './insert-lines.contract.ts'
import { migrateWarehouse } from './migrate.ts'
import { type Warehouse, WarehouseRefused, WarehouseUnavailable } from './warehouse.ts'

/**
 * Rules of the port itself, for every way to deliver a log. Rules of the stored data have suites of their own:
 * test/contracts/.
 */
export function warehouseContract(server: GetServer) {
  describe('statements', () => statementsContract(server))
  describe('bytes', () => bytesContract(server))
  describe('ending statements', () => endingContract(server))
  describe('migrations', () => migrationsContract(server))
  describe('insertLines', () => insertLinesContract(server))
}

type GetServer = () => WarehouseServer

const awkward = [
  ...["it's", '"quoted"', 'back\\slash', 'tab\there', 'line\nfeed', 'carriage\rreturn', 'nul\0byte', '\x1bescape', ''],
  ...['\\N', '{name:String}', '%41&x=1;--', '中文域名', '😀', ' spaces ', '/*slot*/'],
]
const longList = (length: number) => Array.from({ length }, (_, index) => `site-${index}.it's-awkward\\.example.test`)

function statementsContract(server: GetServer) {
  it('gives rows as objects, 64-bit integers as numbers', async () => {
    const warehouse = await server().open()
    const rows = await warehouse.rows(
      `SELECT number AS n, toString(number) AS text, toUInt64(9007199254740991) AS most FROM numbers(2)`,
    )
    expect(rows).toEqual([
      { n: 0, text: '0', most: Number.MAX_SAFE_INTEGER },
      { n: 1, text: '1', most: Number.MAX_SAFE_INTEGER },
    ])
    expect(await warehouse.rows('SELECT 1 AS n WHERE n = 2')).toEqual([])
  })

  it.each(awkward)('takes %j for a value, alone and in a list, and gives it back', async (value) => {
    const warehouse = await server().open()
    const sql = 'SELECT {value:String} AS value, {list:Array(String)} AS list'
    expect(await warehouse.rows(sql, { value, list: [value, value] })).toEqual([{ value, list: [value, value] }])
  })

  it.each([
    { length: 20_000, why: 'as an account with that many domains needs' },
    { length: 60_000, why: 'more than a megabyte' },
  ])('takes a list of $length strings, $why, in every kind of statement', async ({ length }) => {
    const warehouse = await server().open()
    const list = longList(length)
    const sql = 'SELECT {list:Array(String)} AS list'
    expect(await warehouse.rows(sql, { list })).toEqual([{ list }])
    const { stream, rows } = await warehouse.bytes(`${sql} FORMAT JSONEachRow`, { list }, testRun())
    expect([rows, JSON.parse(await text(stream))]).toEqual([1, { list }])
    await warehouse.command('CREATE TABLE name (name String) ENGINE = MergeTree ORDER BY name')
    await warehouse.command('INSERT INTO name SELECT arrayJoin({list:Array(String)})', { list })
    const asked = { list, ids: list.map((_, index) => index) }
    const found = await warehouse.rows(
      `SELECT count() AS names, (SELECT count() FROM numbers(100000) WHERE number IN {ids:Array(UInt64)}) AS ids
       FROM name WHERE name IN {list:Array(String)}`,
      asked,
    )
    expect(found).toEqual([{ names: length, ids: length }])
  })

  it('runs a command to its end: the next statement sees what it did', async () => {
    const warehouse = await server().open()
    await warehouse.command('CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n')
    await warehouse.command('INSERT INTO t SELECT number FROM numbers({count:UInt64})', { count: 100_000 })
    await warehouse.command('ALTER TABLE t DELETE WHERE n >= {from:UInt64} SETTINGS mutations_sync = 2', { from: 10 })
    expect(await warehouse.rows('SELECT count() AS n FROM t')).toEqual([{ n: 10 }])
  })

  it.each([
    { why: 'an unknown column', sql: 'SELECT nonsense', code: 47 },
    { why: 'an unknown table', sql: 'SELECT 1 FROM nonsense', code: 60 },
    { why: 'a syntax error', sql: 'SELECT FROM WHERE', code: 62 },
    { why: 'a failure while it runs', sql: 'SELECT throwIf(number = 3) FROM numbers(5)', code: 395 },
  ])('refuses $why with its code', async ({ sql, code }) => {
    const warehouse = await server().open()
    const attempts = [
      () => warehouse.rows(sql),
      () => warehouse.command(sql),
      () => warehouse.bytes(sql, {}, testRun()),
    ]
    for (const attempt of attempts) {
      const error = await attempt().catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(WarehouseRefused)
      expect(error).toMatchObject({ code })
    }
  })

  it('is ready while its server answers, and unavailable where none does', async () => {
    const warehouse = await server().open()
    expect(await warehouse.ready()).toBe(true)
    const { unreachable } = server()
    expect(await unreachable.ready()).toBe(false)
    await expect(unreachable.rows('SELECT 1')).rejects.toBeInstanceOf(WarehouseUnavailable)
    await expect(unreachable.command('SELECT 1')).rejects.toBeInstanceOf(WarehouseUnavailable)
    await expect(unreachable.bytes('SELECT 1', {}, testRun())).rejects.toBeInstanceOf(WarehouseUnavailable)
  })
}

function bytesContract(server: GetServer) {
  it('streams what the engine wrote, and says how many rows it has', async () => {
    const warehouse = await server().open()
    const sql = `SELECT number, concat('row ', toString(number)) FROM numbers({rows:UInt64}) ORDER BY number FORMAT CSV`
    const { stream, rows } = await warehouse.bytes(sql, { rows: 300_000 }, testRun())
    const lines = (await text(stream)).split('\n')
    expect([rows, lines.length, lines[0], lines[299_999]]).toEqual([
      ...[300_000, 300_001, '0,"row 0"'],
      '299999,"row 299999"',
    ])
  })

  it('knows an empty result', async () => {
    const warehouse = await server().open()
    const { stream, rows } = await warehouse.bytes('SELECT 1 WHERE 0 FORMAT CSV', {}, testRun())
    expect([rows, await text(stream)]).toEqual([0, ''])
  })

  it('rejects when the query fails half way, instead of giving a short stream', async () => {
    const warehouse = await server().open()
    const sql = 'SELECT number, throwIf(number = 5000000) FROM numbers(10000000) FORMAT CSV'
    await expect(warehouse.bytes(sql, {}, testRun())).rejects.toMatchObject({ code: 395 })
  })

  it('keeps the settings of a statement to it', async () => {
    const warehouse = await server().open()
    const sql = `SELECT getSetting('max_block_size') AS value`
    const { stream } = await warehouse.bytes(`${sql} FORMAT CSV`, {}, testRun(undefined, { max_block_size: 7 }))
    expect(await text(stream)).toBe('7\n')
    expect(await warehouse.rows(sql)).not.toEqual([{ value: 7 }])
  })
}

/** Runs for an hour unless it is ended. */
const slow = `SELECT sleepEachRow(0.01) FROM numbers(360000)
  SETTINGS function_sleep_max_microseconds_per_block = 0, max_block_size = 1 FORMAT CSV`

const isRunning = async (warehouse: Warehouse, queryId: string) => {
  const rows = await warehouse.rows('SELECT 1 FROM system.processes WHERE query_id = {queryId:String}', { queryId })
  return rows.length > 0
}

async function untilProgress(warehouse: Warehouse, queryId: string) {
  for (;;) {
    const progress = await warehouse.progress(queryId)
    if (progress && progress.readRows > 0) return progress
    await delay(10)
  }
}

function endingContract(server: GetServer) {
  it('tells how far a running statement is, and null for one that does not run', async () => {
    const warehouse = await server().open()
    const run = testRun()
    expect(await warehouse.progress(run.queryId)).toBeNull()
    const running = warehouse.bytes(slow, {}, run).catch(() => undefined)
    const first = await untilProgress(warehouse, run.queryId)
    expect(first.readBytes).toBeGreaterThan(0)
    await expect.poll(async () => (await warehouse.progress(run.queryId))?.readRows).toBeGreaterThan(first.readRows)
    await warehouse.kill(run.queryId)
    await running
    expect(await warehouse.progress(run.queryId)).toBeNull()
  })

  it('ends a statement by its name: it is gone from the server, and whoever waited may try again', async () => {
    const warehouse = await server().open()
    const run = testRun()
    const running = warehouse.bytes(slow, {}, run).catch((error: unknown) => error)
    await untilProgress(warehouse, run.queryId)
    await warehouse.kill(run.queryId)
    expect(await isRunning(warehouse, run.queryId)).toBe(false)
    expect(await running).toBeInstanceOf(WarehouseUnavailable)
  })

  it('has nothing to end for a name that no statement has', async () => {
    const warehouse = await server().open()
    await expect(warehouse.kill("no'such\\statement")).resolves.toBeUndefined()
  })

  it.each([0, 1, 2, 5, 10, 50, 300])('ends a query whose signal aborts after %i ms', async (afterMs) => {
    const warehouse = await server().open()
    const stop = new AbortController()
    const run = testRun(stop.signal)
    setTimeout(() => stop.abort(), afterMs)
    await expect(warehouse.bytes(slow, {}, run)).rejects.toBeInstanceOf(WarehouseUnavailable)
    expect(await isRunning(warehouse, run.queryId)).toBe(false)
  })

  it('does not begin a statement whose signal has aborted', async () => {
    const warehouse = await server().open()
    const run = testRun(AbortSignal.abort(new Error('shutting down')))
    await expect(warehouse.bytes('SELECT 1 FORMAT CSV', {}, run)).rejects.toThrow('shutting down')
  })
}

const migrations = new URL('./migrations/', import.meta.url)
const migrationNames = readdirSync(migrations).sort()

/** Every table that a migration creates, and the one of schema versions. */
function migrationTables(): { name: string }[] {
  const texts = migrationNames.map((name) => readFileSync(new URL(name, migrations), 'utf8'))
  const named = texts.flatMap((text) =>
    [...text.matchAll(/^CREATE TABLE IF NOT EXISTS (\w+)/gm)].map((match) => match[1]),
  )
  return [...named, 'schema_version'].sort().map((name) => ({ name: name ?? '' }))
}

function migrationsContract(server: GetServer) {
  const tables = `SELECT name FROM system.tables WHERE database = currentDatabase() ORDER BY name`
  const all = migrationTables()

  it('make the tables once, however often they run', async () => {
    const warehouse = await server().open()
    await migrateWarehouse(warehouse)
    await warehouse.command(`INSERT INTO rejected (load_id, reason, lines, samples) VALUES (1, 'kept', 1, [])`)
    await migrateWarehouse(warehouse)
    expect(await warehouse.rows(tables)).toEqual(all)
    expect(await warehouse.rows('SELECT reason FROM rejected')).toEqual([{ reason: 'kept' }])
  })

  it('end in the same place when several processes run them at once', async () => {
    const warehouse = await server().open()
    await Promise.all(Array.from({ length: 5 }, () => migrateWarehouse(warehouse)))
    expect(await warehouse.rows(tables)).toEqual(all)
    const versions = migrationNames.map((name) => ({ version: Number.parseInt(name, 10) }))
    expect(await warehouse.rows('SELECT DISTINCT version FROM schema_version ORDER BY version')).toEqual(versions)
  })

  it('refuse a warehouse that a newer program has changed, and leave it alone', async () => {
    const warehouse = await server().open()
    await migrateWarehouse(warehouse)
    await warehouse.command('INSERT INTO schema_version VALUES (999)')
    await expect(migrateWarehouse(warehouse)).rejects.toThrow('The warehouse has schema 999')
  })
}

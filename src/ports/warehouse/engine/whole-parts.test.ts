import { readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, onTestFinished, type TestContext, vi } from 'vitest'
import { silentLog, temporaryDirectory } from '../../../../test/harness/directory.ts'
import { startTestEngine } from '../../../../test/harness/engine.ts'
import { fill, mountDisk } from '../../../../test/harness/small-disk.ts'
import { openClickHouse } from '../clickhouse.ts'
import { type Warehouse, WarehouseFull, WarehouseUnavailable } from '../warehouse.ts'
import { type EngineHost, startEngineHost } from './engine-host.ts'
import { withWholeParts } from './whole-parts.ts'

const memoryBytesMax = 2 * 1024 ** 3
const rowsOfPart = 40_000
const partCount = 5

const insertPart = (warehouse: Warehouse) =>
  warehouse.command(`INSERT INTO t SELECT number, randomString(60), randomString(60) FROM numbers(${rowsOfPart})`)

/** An engine on a small disk with a table of some unmerged parts; `cut` collects the logged cut parts. */
async function setUp(context: TestContext) {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const disk = await mountDisk(context, join(directory.path, 'disk'), 400)
  const host = await startEngineHost({ directory: join(disk, 'engine'), memoryBytesMax, log: silentLog })
  const cut: unknown[] = []
  const log = { error: (fields: unknown) => void cut.push(fields), warn: () => undefined }
  const plain = openClickHouse({ ...host, database: 'default', readsLocalFiles: true })
  const warehouse = withWholeParts(plain, host, log as never)
  onTestFinished(async () => {
    await warehouse.close()
    await host.stop()
  })
  await warehouse.command(
    'CREATE TABLE t (n UInt64, a String CODEC(ZSTD(9)), b String CODEC(ZSTD(9))) ENGINE = MergeTree ORDER BY n',
  )
  await warehouse.command('SYSTEM STOP MERGES t')
  for (let part = 0; part < partCount; part++) await insertPart(warehouse)
  const seen = () => plain.rows('SELECT count() AS requests, sum(cityHash64(n, a, b)) AS digest FROM t')
  return { disk, plain, warehouse, seen, cut }
}

it('a merge that a full disk has cut is undone, and every row is there again', async (context) => {
  const { disk, plain, warehouse, seen, cut } = await setUp(context)
  await plain.command('SYSTEM START MERGES t')
  let before: unknown
  // An attempt that ends before the disk is full leaves its parts for a while; there is room for some of them.
  for (let attempt = 0; cut.length === 0; attempt++) {
    expect(attempt).toBeLessThan(8)
    await insertPart(warehouse)
    before = await seen()
    await fill(disk, 60 << 20)
    let isOver = false
    const merging = plain.command('OPTIMIZE TABLE t FINAL').catch(() => undefined)
    void merging.then(() => {
      isOver = true
    })
    while (!isOver && (await plain.rows('SELECT 1 FROM system.merges')).length === 0);
    const makeRoom = await fill(disk, 0)
    await merging
    await makeRoom()
    // A writing statement checks every part.
    await warehouse.command('ALTER TABLE t MODIFY COMMENT {comment:String}', { comment: 'x' }).catch(() => undefined)
  }
  await expect.poll(() => warehouse.ready(), { timeout: 20_000 }).toBe(true)
  expect(await seen()).toEqual(before)
})

it('an insert is whole or refused, whenever the disk is full', async (context) => {
  const { disk, plain, warehouse } = await setUp(context)
  const done: string[] = []
  for (let attempt = 0; attempt < 8; attempt++) {
    const label = `attempt ${attempt}`
    const makeSomeRoom = attempt % 2 ? await fill(disk, attempt << 20) : null
    const inserting = warehouse
      .command(`INSERT INTO t SELECT number, randomString(60), '${label}' FROM numbers(${rowsOfPart})`)
      .then(() => done.push(label))
      .catch((error: unknown) => expect(error).toBeInstanceOf(WarehouseUnavailable))
    await delay(3 * attempt)
    const makeRoom = makeSomeRoom ?? (await fill(disk, 0))
    await inserting
    await makeRoom()
    await expect.poll(() => warehouse.ready(), { timeout: 20_000 }).toBe(true)
  }
  expect(done.length).toBeLessThan(8)
  // Reads every column.
  const counts = await plain.rows<{ b: string; read: number; lines: number }>(
    "SELECT b, sum(cityHash64(n, a, b)) AS read, count() AS lines FROM t WHERE startsWith(b, 'attempt') GROUP BY b",
  )
  for (const label of done) expect(counts.find((one) => one.b === label)).toMatchObject({ lines: rowsOfPart })
})

/** An engine with an unmerged table `t`. */
async function setUpTable() {
  const { host, warehouse: plain, stop } = await startTestEngine()
  onTestFinished(stop)
  await plain.command('CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n')
  await plain.command('SYSTEM STOP MERGES t')
  return { host, plain }
}

/** Checks parts only after statements, not by the clock: nothing is checked between two steps of a test. */
function watched(plain: Warehouse, engine: Parameters<typeof withWholeParts>[1]): Warehouse {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
  const warehouse = withWholeParts(plain, engine, silentLog)
  vi.useRealTimers()
  onTestFinished(() => warehouse.close())
  return warehouse
}

/** A part with one empty file, as a full disk leaves it. @returns its path */
async function insertCut(plain: Warehouse, file = 'data.bin'): Promise<string> {
  await plain.command('INSERT INTO t SELECT number FROM numbers(1000)')
  const [part] = await plain.rows<{ path: string }>(
    `SELECT path FROM system.parts WHERE table = 't' AND active ORDER BY min_block_number DESC LIMIT 1`,
  )
  const path = part?.path ?? ''
  await truncate(join(path, file))
  return path
}

/** Writes no part, but has every part checked, as a writing statement does. */
const look = (warehouse: Warehouse) => warehouse.command("ALTER TABLE t MODIFY COMMENT 'x'")

/** @param end ends the engine's process */
async function untilRestarted(host: EngineHost, plain: Warehouse, end: () => Promise<void>) {
  const ended = host.processId()
  await end()
  const isNew = async () => host.processId() !== ended && (await plain.ready())
  await expect.poll(isNew, { timeout: 20_000 }).toBe(true)
}

it('a cut part is cut for whoever looks, until the engine has been started again without or with it', async () => {
  const { host, plain } = await setUpTable()
  let processId = 1
  let restarts = 0
  const engine = { processId: () => processId, restart: () => void restarts++ }
  const warehouse = watched(plain, engine)
  const insert = () => warehouse.command('INSERT INTO t SELECT number FROM numbers(1000)')
  await insert()
  await insertCut(plain)
  await expect(insert()).rejects.toBeInstanceOf(WarehouseFull)
  // A statement that checks before the engine has ended must not succeed.
  await expect(insert()).rejects.toBeInstanceOf(WarehouseFull)
  expect(restarts).toBeGreaterThanOrEqual(2)
  processId = host.processId()
  await insert()
  processId++
  await insert()
})

it('a part that is cut again under the same name, by the engine that was started again, is cut', async () => {
  const { host, plain } = await setUpTable()
  const warehouse = watched(plain, host)
  const paths = new Set<string>()
  for (const looksBefore of [false, false, true]) {
    if (looksBefore) await look(warehouse)
    paths.add(await insertCut(plain))
    await untilRestarted(host, plain, () => expect(look(warehouse)).rejects.toBeInstanceOf(WarehouseFull))
  }
  expect(paths.size).toBe(1)
  await look(warehouse)
})

it('a cut part that the engine takes up again does not end it a second time', async () => {
  const { host, plain } = await setUpTable()
  const warehouse = watched(plain, host)
  // The only file that the engine can do without.
  const path = await insertCut(plain, 'default_compression_codec.txt')
  await untilRestarted(host, plain, () => expect(look(warehouse)).rejects.toBeInstanceOf(WarehouseFull))
  expect(await plain.rows('SELECT path FROM system.parts WHERE active AND table = {t:String}', { t: 't' })).toEqual([
    { path },
  ])
  await look(warehouse)
  await untilRestarted(host, plain, async () => host.restart())
  await look(warehouse)
})

it('a part’s projection is part of it: whole, or cut', async () => {
  const { plain } = await setUpTable()
  await plain.command('ALTER TABLE t ADD PROJECTION by_rest (SELECT * ORDER BY n % 7)')
  let restarts = 0
  const warehouse = watched(plain, { processId: () => 1, restart: () => void restarts++ })
  await warehouse.command('INSERT INTO t SELECT number FROM numbers(1000)')
  expect(restarts).toBe(0)
  await insertCut(plain, 'by_rest.proj/data.bin')
  await expect(look(warehouse)).rejects.toBeInstanceOf(WarehouseFull)
  expect(restarts).toBe(1)
})

it('what writes is looked after, whatever comments it begins with', async () => {
  const { plain } = await setUpTable()
  await insertCut(plain)
  const engine = { processId: () => 1, restart: () => undefined }
  const warehouse = watched(plain, engine)
  const answering = watched({ ...plain, command: async () => undefined }, engine)
  for (const comments of ['', ' \n', '-- one\n', '--\r\n\t-- CREATE\n', '/**/', '/* a * b\n-- */ /***/\n-- c\n']) {
    const insert = warehouse.command(`${comments}INSERT INTO t SELECT number FROM numbers(1000)`)
    await expect(insert, comments).rejects.toBeInstanceOf(WarehouseFull)
  }
  for (const comments of ['-- INSERT\n', '-- x INSERT\n', '/* */ /* INSERT */'])
    await warehouse.command(`${comments}SYSTEM STOP MERGES t`)
  const sources = new URL('../../../', import.meta.url)
  const ours = (await readdir(sources, { recursive: true })).filter((name) => /\binsert-[a-z-]+\.sql$/.test(name))
  expect(ours).toContain('ledger/insert-usage.sql')
  for (const name of ours) {
    const sql = await readFile(new URL(name, sources), 'utf8')
    await expect(answering.command(sql), name).rejects.toBeInstanceOf(WarehouseFull)
  }
})

it('nothing is written that would not leave the free bytes that are to be kept', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const keepFreeBytes = 2 ** 50
  const host = await startEngineHost({ directory: directory.path, memoryBytesMax, keepFreeBytes, log: silentLog })
  const warehouse = openClickHouse({ ...host, database: 'default', readsLocalFiles: true })
  onTestFinished(async () => {
    await warehouse.close()
    await host.stop()
  })
  await warehouse.command('CREATE TABLE t (n UInt64) ENGINE = MergeTree ORDER BY n')
  await expect(warehouse.command('INSERT INTO t SELECT number FROM numbers(10)')).rejects.toBeInstanceOf(WarehouseFull)
})

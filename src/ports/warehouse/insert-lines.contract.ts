import { spawnSync } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../../test/harness/directory.ts'
import { testRun, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import {
  type LogContent,
  undecodableCodes,
  type Warehouse,
  WarehouseRefused,
  WarehouseUnavailable,
} from './warehouse.ts'

type GetServer = () => WarehouseServer

/** Makes a table for lines, and a function that writes logs. */
async function setUp(server: GetServer) {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const warehouse = await server().open()
  await warehouse.command('CREATE TABLE log (line String) ENGINE = MergeTree ORDER BY tuple()')
  const write = async (content: string | Buffer, compression: LogContent['compression'] = 'none') => {
    const path = join(directory.path, 'access.log')
    await writeFile(path, content)
    return { path, compression }
  }
  return { warehouse, write, directory: directory.path }
}

const insertAll = (lines: string) => `INSERT INTO log SELECT line FROM ${lines}`

/** Inserted lines, sorted, with their exact bytes. */
async function insertedLines(warehouse: Warehouse): Promise<string[]> {
  const rows = await warehouse.rows<{ hex: string }>('SELECT hex(line) AS hex FROM log')
  return rows.map((row) => Buffer.from(row.hex, 'hex').toString('latin1')).sort()
}

const runningInserts = (warehouse: Warehouse, queryId: string) =>
  warehouse.rows('SELECT query FROM system.processes WHERE query_id = {queryId:String}', { queryId })

/** Over 30 MB: many blocks, and more than the buffers in between hold. */
const manyLines = Array.from({ length: 300_000 }, (_, index) => `line ${index} ${'x'.repeat(100)}`)
const big = `${manyLines.join('\n')}\n`

export function insertLinesContract(server: GetServer) {
  contentRules(server)
  compressionRules(server)
  failureRules(server)
  abortRules(server)
}

function contentRules(server: GetServer) {
  it.each([
    { why: 'a last line with its end', content: 'a\nb\n', lines: ['a', 'b'] },
    { why: 'a last line without its end', content: 'a\nb', lines: ['a', 'b'] },
    { why: 'blank lines', content: '\na\n\n', lines: ['', '', 'a'] },
    { why: 'carriage returns, which are the format’s matter', content: 'a\r\n\r\nb', lines: ['\r', 'a\r', 'b'] },
    { why: 'bytes that are no text', content: 'a\0b\n\xff\xfe\n\x80', lines: ['\x80', 'a\0b', '\xff\xfe'] },
    { why: 'tabs, quotes and backslashes', content: `a\tb\n"'\n\\N\n\\t`, lines: [`"'`, '\\N', '\\t', 'a\tb'] },
    { why: 'nothing at all', content: '', lines: [] },
  ])('takes a log with $why', async ({ content, lines }) => {
    const { warehouse, write } = await setUp(server)
    const log = await write(Buffer.from(content, 'latin1'))
    const count = await warehouse.insertLines(insertAll, log, {}, testRun())
    expect(count).toEqual({ readLines: lines.length, writtenRows: lines.length })
    expect(await insertedLines(warehouse)).toEqual(lines.sort())
  })

  it('takes a line of several megabytes', async () => {
    const { warehouse, write } = await setUp(server)
    const log = await write(`a\n${'x'.repeat(3_000_000)}\nb\n`)
    expect(await warehouse.insertLines(insertAll, log, {}, testRun())).toEqual({ readLines: 3, writtenRows: 3 })
    expect((await insertedLines(warehouse)).map((line) => line.length)).toEqual([1, 1, 3_000_000])
  })

  it('counts the lines it read and the rows it wrote apart', async () => {
    const { warehouse, write } = await setUp(server)
    const some = (lines: string) => `${insertAll(lines)} WHERE endsWith(line, {ending:String})`
    const log = await write('1\n22\n3\n42\n5')
    expect(await warehouse.insertLines(some, log, { ending: '2' }, testRun())).toEqual({ readLines: 5, writtenRows: 2 })
    expect(await warehouse.insertLines(some, log, { ending: '9' }, testRun())).toEqual({ readLines: 5, writtenRows: 0 })
  })

  it('takes a big log whole, every line once', async () => {
    const { warehouse, write } = await setUp(server)
    const count = await warehouse.insertLines(insertAll, await write(big), {}, testRun())
    expect(count).toEqual({ readLines: manyLines.length, writtenRows: manyLines.length })
    const [found] = await warehouse.rows(
      `SELECT uniqExact(line) AS lines, sum(toUInt64(splitByChar(' ', line)[2])) AS sum FROM log`,
    )
    expect(found).toEqual({ lines: 300_000, sum: (299_999 * 300_000) / 2 })
  })

  it.each([1, 2, 8])('numbers the lines of a big log in its order, when %i threads build parts', async (threads) => {
    const { warehouse, write } = await setUp(server)
    const numbered = (lines: string) =>
      `INSERT INTO log SELECT concat(splitByChar(' ', line)[2], ' ', toString(line_number - 1)) FROM ${lines}`
    const run = testRun(undefined, { max_threads: threads, max_insert_threads: threads })
    await warehouse.insertLines(numbered, await write(big), {}, run)
    const [found] = await warehouse.rows<{ wrong: number; all: number }>(
      `SELECT countIf(splitByChar(' ', line)[1] != splitByChar(' ', line)[2]) AS wrong, count() AS all FROM log`,
    )
    expect(found).toEqual({ wrong: 0, all: manyLines.length })
  })

  it('binds 20,000 strings beside a log', async () => {
    const { warehouse, write } = await setUp(server)
    const names = Array.from({ length: 20_000 }, (_, index) => `site-${index}.example.test`)
    const allowed = (lines: string) => `${insertAll(lines)} WHERE has({names:Array(String)}, line)`
    const log = await write('site-19999.example.test\nsite-20000.example.test\n')
    expect(await warehouse.insertLines(allowed, log, { names }, testRun())).toEqual({ readLines: 2, writtenRows: 1 })
  })
}

const zipped = gzipSync(big, { level: 1 })
const withHole = Buffer.concat([zipped.subarray(0, 9_000), Buffer.alloc(99, 7), zipped.subarray(9_099)])

type Other = { compression: LogContent['compression']; pack: (content: string | Buffer) => Buffer }

const packedBy =
  (command: string, ...flags: string[]) =>
  (content: string | Buffer) =>
    spawnSync(command, ['-c', ...flags], { input: content, maxBuffer: 1 << 28 }).stdout

/** The packers are Debian's; a case whose packer is missing fails and says so. */
const others: Other[] = [
  { compression: 'zstd', pack: packedBy('zstd', '-q') },
  { compression: 'xz', pack: packedBy('xz', '-0') },
]

function broken({ compression, pack }: Other) {
  const whole = pack(big)
  const hole = Buffer.concat([whole.subarray(0, 9_000), Buffer.alloc(99, 7), whole.subarray(9_099)])
  const of = (why: string, content: Buffer) => ({ why: `${why} of ${compression}`, compression, content })
  const cut = [
    of('a log without the last bytes', whole.subarray(0, -5)),
    of('half a log', whole.subarray(0, whole.length / 2)),
    of('a short log without the last bytes', pack('a\nb\n').subarray(0, -3)),
  ]
  return [
    ...(compression === 'zstd' ? [] : cut), // the engine does not notice a cut zstd: see LogContent
    of('a damaged log', hole),
    of('a log with other bytes behind', Buffer.concat([whole, Buffer.from('more, and more of it')])),
    of('text that is said to be', Buffer.from('a\nb\n')),
  ]
}

function compressionRules(server: GetServer) {
  it('takes a gzip log', async () => {
    const { warehouse, write } = await setUp(server)
    const count = await warehouse.insertLines(insertAll, await write(zipped, 'gzip'), {}, testRun())
    expect(count).toEqual({ readLines: manyLines.length, writtenRows: manyLines.length })
  })

  it('takes a gzip log of several members, lines across their borders too', async () => {
    const { warehouse, write } = await setUp(server)
    const members = ['a\nb\nc', 'c\n', '', 'd'].map((member) => gzipSync(member))
    const count = await warehouse.insertLines(insertAll, await write(Buffer.concat(members), 'gzip'), {}, testRun())
    expect(count).toEqual({ readLines: 4, writtenRows: 4 })
    expect(await insertedLines(warehouse)).toEqual(['a', 'b', 'cc', 'd'])
  })

  it.each(others)(
    'takes a $compression log, of several parts and of one, lines across their borders too',
    async (other) => {
      const { warehouse, write } = await setUp(server)
      const one = await write(other.pack(big), other.compression)
      expect(await warehouse.insertLines(insertAll, one, {}, testRun())).toEqual({
        readLines: manyLines.length,
        writtenRows: manyLines.length,
      })
      await warehouse.command('TRUNCATE TABLE log')
      const parts = await write(Buffer.concat(['a\nb\nc', 'c\n', 'd'].map(other.pack)), other.compression)
      expect(await warehouse.insertLines(insertAll, parts, {}, testRun())).toEqual({ readLines: 4, writtenRows: 4 })
      expect(await insertedLines(warehouse)).toEqual(['a', 'b', 'cc', 'd'])
    },
  )

  it.each(others.flatMap((other) => broken(other)))(
    'refuses $why, and leaves nothing running',
    async ({ compression, content }) => {
      const { warehouse, write } = await setUp(server)
      const run = testRun()
      const log = await write(content, compression)
      const error = await warehouse.insertLines(insertAll, log, {}, run).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(WarehouseRefused)
      expect(undecodableCodes).toContain((error as WarehouseRefused).code)
      expect(await runningInserts(warehouse, run.queryId)).toEqual([])
    },
  )

  it.each([
    { why: 'a gzip log without its last bytes', content: zipped.subarray(0, -5), code: 354 },
    { why: 'half a gzip log', content: zipped.subarray(0, zipped.length / 2), code: 354 },
    { why: 'a short gzip log without its last bytes', content: gzipSync('a\nb\n').subarray(0, -3), code: 354 },
    { why: 'a damaged gzip log', content: withHole, code: 354 },
    {
      why: 'a gzip log with other bytes behind it',
      content: Buffer.concat([gzipSync('a\n'), zipped.subarray(1)]),
      code: 354,
    },
    { why: 'text that is said to be gzip', content: Buffer.from('a\nb\n'), code: 354 },
  ])('refuses $why, and leaves nothing running', async ({ content, code }) => {
    const { warehouse, write } = await setUp(server)
    const run = testRun()
    const error = await warehouse
      .insertLines(insertAll, await write(content, 'gzip'), {}, run)
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(WarehouseRefused)
    expect(error).toMatchObject({ code })
    expect(await runningInserts(warehouse, run.queryId)).toEqual([])
  })
}

function failureRules(server: GetServer) {
  it('refuses a log that is not there', async () => {
    const { warehouse, directory } = await setUp(server)
    const log = { path: join(directory, 'absent.log'), compression: 'none' as const }
    const error = await warehouse.insertLines(insertAll, log, {}, testRun()).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(WarehouseRefused)
    expect(error).toMatchObject({ code: 107 })
  })

  it.each([
    { why: 'that it cannot begin', select: 'INSERT INTO nowhere SELECT line', code: 60 },
    {
      why: 'that fails half way',
      select: `INSERT INTO log SELECT toString(throwIf(line LIKE 'line 150000 %'))`,
      code: 395,
    },
  ])('says why it refuses a statement $why, though the log is on its way', async ({ select, code }) => {
    const { warehouse, write } = await setUp(server)
    const log = await write(big)
    for (let n = 0; n < 5; n++) {
      const refused = warehouse.insertLines((lines) => `${select} FROM ${lines}`, log, {}, testRun())
      await expect(refused).rejects.toMatchObject({ name: 'WarehouseRefused', code })
    }
  })

  it('is unavailable where no server is', async () => {
    const { write } = await setUp(server)
    const attempt = server().unreachable.insertLines(insertAll, await write(big), {}, testRun())
    await expect(attempt).rejects.toBeInstanceOf(WarehouseUnavailable)
  })
}

/** Runs for half a minute unless it is ended. */
const insertSlowly = (lines: string) => `${insertAll(lines)} WHERE sleepEachRow(0.0001) = 0
  SETTINGS function_sleep_max_microseconds_per_block = 0, max_block_size = 1000`

function abortRules(server: GetServer) {
  it.each([0, 0, 1, 2, 5, 20, 100, 500])('ends an insert whose signal aborts after %i ms', async (afterMs) => {
    const { warehouse, write } = await setUp(server)
    const stop = new AbortController()
    const run = testRun(stop.signal)
    const log = await write(big)
    setTimeout(() => stop.abort(), afterMs)
    const startMs = Date.now()
    await expect(warehouse.insertLines(insertSlowly, log, {}, run)).rejects.toBeInstanceOf(WarehouseUnavailable)
    expect(Date.now() - startMs).toBeLessThan(10_000)
    expect(await runningInserts(warehouse, run.queryId)).toEqual([])
  })

  it('does not begin an insert whose signal has aborted', async () => {
    const { warehouse, write } = await setUp(server)
    const run = testRun(AbortSignal.abort(new Error('shutting down')))
    await expect(warehouse.insertLines(insertAll, await write('a\n'), {}, run)).rejects.toThrow('shutting down')
    expect(await insertedLines(warehouse)).toEqual([])
  })
}

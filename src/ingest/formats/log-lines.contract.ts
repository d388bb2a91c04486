import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../../test/harness/engine.ts'
import { testRun, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import { migrateWarehouse } from '../../warehouse/migrate.ts'
import type { LogContent, Warehouse } from '../../warehouse/warehouse.ts'
import { loadParameters, loadStatements } from '../load-statements.ts'
import { combinedCases, combinedWithHostCases } from './combined-lines.contract.ts'
import { huaweiCases } from './huawei-lines.contract.ts'
import { type LineCase, nowMs } from './line-case.contract.ts'
import { formatByName, type LogFormat } from './log-format.ts'

type GetServer = () => WarehouseServer

/** Each format's rules, line by line, and that both ways of handing over a log number its lines alike. */
export function logLinesContract(server: GetServer) {
  let warehouse: Warehouse
  beforeAll(async () => {
    warehouse = await server().open()
    await migrateWarehouse(warehouse)
  })
  describe('huawei_offline', () => lineRules('huawei_offline', huaweiCases, () => warehouse))
  describe('combined', () => lineRules('combined', combinedCases, () => warehouse))
  describe('combined_vhost', () => lineRules('combined_vhost', combinedWithHostCases, () => warehouse))
  numberRules(() => warehouse)
}

function named(name: string): LogFormat {
  const format = formatByName(name)
  if (!format) throw new Error(`there is no format ${name}`)
  return format
}

let lastLoadId = 0

/** Runs the statements of a load, as writeLoad does; answers the load's id. */
async function load(
  warehouse: Warehouse,
  format: LogFormat,
  log: LogContent,
  given: { defaultDomain?: string; allowedDomains?: string[]; linesBefore?: number },
) {
  lastLoadId += 1
  const loadId = lastLoadId
  const parameters = loadParameters({
    ...{ loadId, serviceArea: 'mainland_china', defaultDomain: '', allowedDomains: [], linesBefore: 0, nowMs },
    ...given,
  })
  const statements = loadStatements(format)
  const inserted = await warehouse.insertLines(statements.requests, log, parameters, testRun())
  if (inserted.readLines > inserted.writtenRows) {
    const inOrder = { max_threads: 1, max_insert_threads: 1 }
    await warehouse.insertLines(statements.rejected, log, parameters, testRun(undefined, inOrder))
  }
  return { loadId, ...inserted }
}

async function written(content: string | Buffer, compression: LogContent['compression'] = 'none'): Promise<LogContent> {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const path = join(directory.path, 'access.log')
  await writeFile(path, content)
  return { path, compression }
}

const rowSql = `
  SELECT toUnixTimestamp(time) AS time, domain, toString(client_ip) AS clientIp, path, query, referrer,
    user_agent AS userAgent, method, status, bytes, toString(cache) AS cache, duration_ms AS durationMs
  FROM request WHERE load_id = {loadId:UInt64}`
const rejectedSql = `
  SELECT reason, lines, samples.line_number AS lineNumbers, samples.line AS samples
  FROM rejected WHERE load_id = {loadId:UInt64} ORDER BY reason`

type Rejected = { reason: string; lines: number; lineNumbers: number[]; samples: string[] }

function lineRules(formatName: string, cases: LineCase[], warehouse: () => Warehouse) {
  const format = named(formatName)
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  beforeAll(async () => {
    directory = await temporaryDirectory()
  })
  afterAll(() => directory.remove())

  it.concurrent.for(cases)('$why', async ({ line, ...given }, { expect }) => {
    const path = join(directory.path, randomUUID())
    await writeFile(path, typeof line === 'string' ? `${line}\n` : line)
    const { loadId, ...count } = await load(warehouse(), format, { path, compression: 'none' }, given)
    if ('row' in given) {
      expect(count).toEqual({ readLines: 1, writtenRows: 1 })
      expect(await warehouse().rows(rowSql, { loadId })).toEqual([expect.objectContaining(given.row)])
    } else {
      expect(count).toEqual({ readLines: 1, writtenRows: 0 })
      const rejected = { reason: given.rejected, lines: 1, lineNumbers: [1] }
      expect(await warehouse().rows(rejectedSql, { loadId })).toMatchObject([rejected])
    }
  })
}

/** Many blocks, with a bad line here and there. */
const lineCount = 250_000
const badAt = new Set([1, 2, 65_536, 65_537, 100_000, 200_001, lineCount])
const good = formatByName('combined')?.example ?? ''
const numbered = Array.from({ length: lineCount }, (_, index) => (badAt.has(index + 1) ? `bad ${index + 1}` : good))
const content = `${numbered.join('\n')}\n`

function numberRules(warehouse: () => Warehouse) {
  const format = named('combined')
  const given = { defaultDomain: 'www.example.test' }

  it.each([
    { why: 'a whole log', compression: 'none', linesBefore: 0 },
    { why: 'a compressed log', compression: 'gzip', linesBefore: 0 },
    { why: 'the rest of a log whose beginning is loaded', compression: 'none', linesBefore: 1_000 },
  ] as const)('names the lines of $why that it rejects by their numbers', async ({ compression, linesBefore }) => {
    const bytes = compression === 'gzip' ? gzipSync(content, { level: 1 }) : content
    const { loadId, ...count } = await load(warehouse(), format, await written(bytes, compression), {
      ...given,
      linesBefore,
    })
    expect(count).toEqual({ readLines: lineCount, writtenRows: lineCount - badAt.size })
    const [rejected] = await warehouse().rows<Rejected>(rejectedSql, { loadId })
    expect(rejected).toEqual({
      reason: 'fields',
      lines: badAt.size,
      lineNumbers: [...badAt].map((number) => number + linesBefore),
      samples: [...badAt].map((number) => `bad ${number}`),
    })
  })

  it('keeps the first hundred lines of each reason, and counts them all', async () => {
    const lines = Array.from({ length: 1_000 }, (_, index) => (index % 2 ? 'bad' : good.replace(' 200 ', ' - ')))
    const { loadId } = await load(warehouse(), format, await written(lines.join('\n')), given)
    const found = await warehouse().rows<Rejected>(rejectedSql, { loadId })
    expect(found.map(({ reason, lines: count }) => ({ reason, count }))).toEqual([
      { reason: 'bad_status', count: 500 },
      { reason: 'fields', count: 500 },
    ])
    expect(found[1]?.lineNumbers).toEqual(Array.from({ length: 100 }, (_, index) => 2 * (index + 1)))
  })

  it('cuts samples, and makes text of them', async () => {
    const lines = Buffer.concat([Buffer.from(`${'x'.repeat(3_000)}\n`), Buffer.from([0x61, 0xff, 0xfe, 0x62])])
    const { loadId } = await load(warehouse(), format, await written(lines), given)
    const [rejected] = await warehouse().rows<Rejected>(rejectedSql, { loadId })
    expect(rejected?.samples).toEqual(['x'.repeat(1_000), 'a\ufffdb'])
  })
}

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../../../test/harness/directory.ts'
import { testRun, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import { migrateWarehouse } from '../../ports/warehouse/migrate.ts'
import type { LogContent, Warehouse } from '../../ports/warehouse/warehouse.ts'
import { logFormats } from '../formats/known-formats.ts'
import type { LogFormat } from '../formats/line/log-format.ts'
import { formatByName } from '../formats/recognise.ts'
import { cdnCases } from './cdn-lines.contract.ts'
import { combinedCases, combinedWithHostCases } from './combined-lines.contract.ts'
import { huaweiCases } from './huawei-lines.contract.ts'
import { jsonCases } from './json-lines.contract.ts'
import { type LineCase, nowMs } from './line-case.contract.ts'
import { loadParameters, loadStatements } from './load-statements.ts'
import { proxyCases } from './proxy-lines.contract.ts'
import { textCases } from './text-lines.contract.ts'
import { userFormatCases } from './user-formats.contract.ts'
import { w3cCases } from './w3c-lines.contract.ts'
import { rejectedSettings } from './write-load.ts'

type GetServer = () => WarehouseServer

/** Rules of each format, line by line; and both ways of delivering a log number its lines alike. */
export function logLinesContract(server: GetServer) {
  let warehouse: Warehouse
  beforeAll(async () => {
    warehouse = await server().open()
    await migrateWarehouse(warehouse)
  })
  describe('huawei_offline', () => lineRules(named('huawei_offline'), huaweiCases, () => warehouse))
  describe('combined', () => lineRules(named('combined'), combinedCases, () => warehouse))
  describe('combined_vhost', () => lineRules(named('combined_vhost'), combinedWithHostCases, () => warehouse))
  for (const [name, cases] of Object.entries({ ...jsonCases, ...textCases, ...proxyCases, ...cdnCases, ...w3cCases }))
    describe(name, () => lineRules(named(name), cases, () => warehouse))
  for (const { about, format, cases } of userFormatCases)
    describe(about, () => lineRules(format, cases, () => warehouse))
  numberRules(() => warehouse)
}

function named(name: string): LogFormat {
  const format = formatByName(logFormats, name)
  if (!format) throw new Error(`there is no format ${name}`)
  return format
}

let lastLoadId = 0

/** Runs the statements of a load, as writeLoads does; returns the load's id. */
async function load(
  warehouse: Warehouse,
  format: LogFormat,
  log: LogContent,
  given: { defaultDomain?: string; allowedDomains?: string[]; countAlso?: string[]; linesBefore?: number },
) {
  lastLoadId += 1
  const loadId = lastLoadId
  const parameters = loadParameters(format, {
    ...{
      loadId,
      serviceArea: 'mainland_china',
      unknownClientArea: 'mainland_china',
      defaultDomain: '',
      allowedDomains: [],
      linesBefore: 0,
      nowMs,
    },
    firstKeptMs: 0,
    logZone: 'Asia/Shanghai',
    countAlso: [],
    ...given,
  })
  const statements = loadStatements(format, null)
  const inserted = await warehouse.insertLines(statements.requests, log, parameters, testRun())
  if (inserted.readLines > inserted.writtenRows) {
    await warehouse.insertLines(statements.rejected, log, parameters, testRun(undefined, rejectedSettings))
  }
  return { loadId, ...inserted }
}

async function writeLog(content: string | Buffer) {
  const directory = await temporaryDirectory()
  const path = join(directory.path, 'access.log')
  await writeFile(path, content)
  return { path, remove: directory.remove }
}

/** Makes a log for the running test. */
async function written(content: string | Buffer, compression: LogContent['compression'] = 'none'): Promise<LogContent> {
  const { path, remove } = await writeLog(content)
  onTestFinished(remove)
  return { path, compression }
}

const rowSql = `
  SELECT toUnixTimestamp(time) AS time, domain, toString(client_ip) AS clientIp, path, query, referrer,
    user_agent AS userAgent, method, status, bytes, toString(cache) AS cache, duration_ms AS durationMs, country, province,
    carrier
  FROM request WHERE load_id = {loadId:UInt64}`
const rejectedSql = `
  SELECT reason, lines, samples.line_number AS lineNumbers, samples.line AS samples
  FROM rejected WHERE load_id = {loadId:UInt64} ORDER BY reason`

type Rejected = { reason: string; lines: number; lineNumbers: number[]; samples: string[] }

/** Groups lines with equal parameters into logs. */
function groupsOf(cases: LineCase[]): LineCase[][] {
  const groups = new Map<string, LineCase[]>()
  for (const one of cases) {
    const key = JSON.stringify([one.defaultDomain, one.allowedDomains, one.countAlso])
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()]
}

/** The outcome of a log: its rows in any order, and the reason of each rejected line, by its number. */
async function outcomeOf(warehouse: Warehouse, format: LogFormat, cases: LineCase[]) {
  const [{ defaultDomain = '', allowedDomains = [], countAlso = [] } = {}] = cases
  const { path, remove } = await writeLog(
    Buffer.concat(cases.flatMap(({ line }) => [Buffer.from(line), Buffer.from('\n')])),
  )
  const { loadId, ...count } = await load(
    warehouse,
    format,
    { path, compression: 'none' },
    { defaultDomain, allowedDomains, countAlso },
  )
  await remove()
  const rejected = await warehouse.rows<Rejected>(rejectedSql, { loadId })
  const reasons = new Map(rejected.flatMap(({ reason, lineNumbers }) => lineNumbers.map((number) => [number, reason])))
  return { count, reasons, rows: await warehouse.rows(rowSql, { loadId }) }
}

function lineRules(format: LogFormat, cases: LineCase[], warehouse: () => Warehouse) {
  for (const group of groupsOf(cases)) {
    let outcome: Awaited<ReturnType<typeof outcomeOf>>
    beforeAll(async () => {
      outcome = await outcomeOf(warehouse(), format, group)
    })

    it.for(group.map((given, index) => ({ why: given.why, given, lineNumber: index + 1 })))(
      '$why',
      ({ given, lineNumber }) => {
        expect(outcome.reasons.get(lineNumber)).toBe('rejected' in given ? given.rejected : undefined)
        if ('row' in given) expect(outcome.rows).toContainEqual(expect.objectContaining(given.row))
      },
    )

    it(`is one of ${group.length} that each count once, as a request or as rejected`, () => {
      const requests = group.filter((given) => 'row' in given).length
      expect(outcome.count).toEqual({ readLines: group.length, writtenRows: requests })
      expect([outcome.rows.length, outcome.reasons.size]).toEqual([requests, group.length - requests])
    })
  }
}

/** Many blocks, with a bad line here and there. */
const lineCount = 120_000
const badAt = new Set([1, 2, 65_536, 65_537, 100_000, lineCount])
const good = formatByName(logFormats, 'combined')?.example ?? ''
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

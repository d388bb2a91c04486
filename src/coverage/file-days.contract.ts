import { beforeAll, expect, it } from 'vitest'
import { datedNames } from '../../test/harness/dated-names.ts'
import { testRun, type WarehouseServer } from '../../test/harness/warehouse.ts'
import { noneStated } from '../ledger/cadences.ts'
import { migrateWarehouse } from '../ports/warehouse/migrate.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { recordLoadSpans, type WrittenLoad } from './load-spans.ts'
import { readCoverage } from './read-coverage.ts'

const dayMs = 86_400_000
const hourMs = 3_600_000
const septemberMs = Date.parse('2026-09-01T00:00:00Z')
const domain = 'www.example.com'
const other = 'img.example.com'

type File = { source: string; name: string; of?: string; fromHour?: number; toHour?: number; writtenAtHour?: number }

/** The days of sources with daily files, in the engine's own words. */
export function fileDaysContract(server: () => WarehouseServer) {
  let warehouse: Warehouse
  let loadId = 0
  beforeAll(async () => {
    warehouse = await server().open()
    await migrateWarehouse(warehouse)
  })

  /** Writes files with a request in their first and in their last five minutes; hours count from the first September. */
  async function deliver(files: File[]): Promise<void> {
    for (const { source, name, of = domain, fromHour, toHour, writtenAtHour = 24_000 } of files) {
      loadId++
      const times = fromHour === undefined || toHour === undefined ? [] : [fromHour * hourMs, toHour * hourMs - 300_000]
      await warehouse.command(
        `INSERT INTO usage (bucket, domain, service_area, load_id, requests, flux_bytes)
         SELECT toDateTime(arrayJoin({times:Array(UInt32)}), 'UTC'), {of:String}, 'global', {loadId:UInt64}, 1, 1`,
        { times: times.map((timeMs) => (septemberMs + timeMs) / 1000), of, loadId },
      )
      const written: WrittenLoad = {
        ...{ loadId, accountId: 'first', source, fileName: name, domainOfLines: null, allowedDomains: null },
        ...{ rejectedLines: 1, writtenAtMs: septemberMs + writtenAtHour * hourMs },
        firstTimeMs: times[0] === undefined ? null : septemberMs + times[0],
        lastTimeMs: times[1] === undefined ? null : septemberMs + times[1],
      }
      await recordLoadSpans(warehouse, [written])
    }
  }

  /** Each domain's state by days of UTC, from a day on: `missing final final`. */
  async function statesOf(source: string, fromMs: number, days: number, filesPerDay = 1) {
    const cadence = { ...noneStated('first', source), domains: [domain, other], filesPerDay, dayZone: 'UTC' }
    const coverage = await readCoverage({
      rows: (sql, parameters) => warehouse.rows(sql, parameters, testRun()),
      version: {
        ...{ dataVersion: 1, shownVersion: 1, seen: { fromLoad: new Map(), moved: [] }, loadIdMax: 1_000_000 },
        ...{ changedAtMs: septemberMs + 1_000 * dayMs, hiddenLoadIds: [], loadIdsToRollUp: [] },
        firstAccountId: 'first',
        cadences: new Map([[`first:${source}`, { ...cadence, delaySeconds: 0, expectedFromMs: 0 }]]),
      },
      ...{ accountId: 'first', domains: [other, domain], seesAllFiles: true },
      range: { startMs: fromMs, endMs: fromMs + days * dayMs },
    })
    const told = new Map<string, string>()
    for await (const { domain: name, runs } of coverage.domains()) {
      const at = (timeMs: number) =>
        runs.find((run) => run.endMs > timeMs)?.value.sources.find((one) => one.source === source)?.state
      told.set(name, Array.from({ length: days }, (_, n) => at(fromMs + n * dayMs)).join(' '))
    }
    return told
  }

  it('are told by names as people write them', async () => {
    const named = datedNames.map(([name, date], n) => ({ name, date, source: `named-${n}` }))
    await deliver(named.map(({ source, name }) => ({ source, name })))
    for (const { source, name, date } of named) {
      const fromMs = date === null ? septemberMs : Date.parse(date) - dayMs
      const told = (await statesOf(source, fromMs, 3)).get(domain)
      expect([name, told]).toEqual([name, date === null ? 'missing missing missing' : 'missing final missing'])
    }
  })

  it('are those of the lines, where names say the day after', async () => {
    const rotated = [1, 2, 3].map((day) => ({
      ...{ source: 'rotated', name: `access.log-2026090${day + 1}` },
      ...{ fromHour: (day - 1) * 24, toHour: day * 24 + 1 },
    }))
    await deliver([...rotated, { source: 'rotated', name: 'access.log-20260905' }])
    // The first hour of the first day would be in a file of the day before.
    expect((await statesOf('rotated', septemberMs, 5)).get(domain)).toBe('provisional final final final missing')
  })

  it('are those of the lines of a single file whose name says another day', async () => {
    const files = [1, 2, 4].map((day) => ({
      ...{ source: 'mixed', name: `access-2026-09-0${day}.log` },
      ...{ fromHour: (day - 1) * 24, toHour: day * 24 },
    }))
    await deliver([...files, { source: 'mixed', name: 'access-2026-09-09.log', fromHour: 50, toHour: 70 }])
    expect((await statesOf('mixed', septemberMs, 5)).get(domain)).toBe('final final final final missing')
  })

  it('count a file for the one domain that its name mentions', async () => {
    await deliver([
      { source: 'named-by', name: `${domain}-20260901.log.gz`, fromHour: 1, toHour: 20 },
      { source: 'named-by', name: `${other}_2026-09-02.log.gz`, of: other, fromHour: 25, toHour: 40 },
      { source: 'named-by', name: `x.${other}_2026-09-03.log.gz`, of: other, fromHour: 49, toHour: 70 },
      { source: 'named-by', name: 'cdn.host.example-20260904.log', fromHour: 73, toHour: 90 },
      { source: 'named-by', name: 'nobody.example.org-20260905.log' },
    ])
    const told = await statesOf('named-by', septemberMs, 5)
    expect(told.get(domain)).toBe('final missing final final missing')
    expect(told.get(other)).toBe('missing final final final missing')
  })

  it('need every file, and each once it is whole', async () => {
    const whole = { source: 'parts', fromHour: 1, toHour: 20 }
    await deliver([
      { ...whole, name: 'edge-1_20260901.log' },
      { ...whole, name: 'edge-2_20260901.log' },
      { ...whole, name: 'edge-1_20260902.log', fromHour: 25, toHour: 40 },
      { ...whole, name: 'edge-1_20260902.log', fromHour: 40, toHour: 45 },
      { ...whole, name: 'edge-1_20260903.log', fromHour: 49, toHour: 60 },
      { ...whole, name: 'edge-2_20260903.log', fromHour: 49, toHour: 60, writtenAtHour: 61 },
    ])
    expect((await statesOf('parts', septemberMs, 4, 2)).get(domain)).toBe('final provisional provisional missing')
  })
}

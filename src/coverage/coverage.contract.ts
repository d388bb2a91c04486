import { beforeAll, expect, it } from 'vitest'
import { testRun, type WarehouseServer } from '../../test/harness/warehouse.ts'
import type { Cadence } from '../ledger/cadences.ts'
import type { DataVersion } from '../ledger/data-version.ts'
import { migrateWarehouse } from '../ports/warehouse/migrate.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import type { CoverageQuestion } from './coverage-question.ts'
import { recordLoadSpans, type WrittenLoad } from './load-spans.ts'
import { type LateLines, readCoverage } from './read-coverage.ts'

const hourMs = 3_600_000
const startMs = Date.parse('2026-09-01T00:00:00Z')
const domains = Array.from(
  { length: 2_500 },
  (_, n) => `site-${String(n).padStart(4, '0')}.a-long-name-for-a-list.example.test`,
)

/** A load to write; `from` and `to` are hours after the start. */
type Made = {
  loadId: number
  accountId?: string
  source: string
  allowedDomains?: string[]
  fileName?: string
  domain: string
  from: number
  to: number
  writtenAfter?: number
}

/** Writes usage of one request in the first and in the last five minutes, and the loads' spans. */
async function writeLoads(warehouse: Warehouse, loads: Made[]): Promise<void> {
  const buckets = loads.flatMap(({ loadId, domain, from, to }) =>
    [from * 12, to * 12 - 1].map((bucket) => [loadId, domain, startMs / 1000 + bucket * 300] as const),
  )
  await warehouse.command(
    `INSERT INTO usage (bucket, domain, service_area, load_id, requests, flux_bytes)
     SELECT toDateTime(row.3, 'UTC'), row.2, 'mainland_china', row.1, 1, 1
     FROM (SELECT arrayJoin(arrayZip({ids:Array(UInt64)}, {domains:Array(String)}, {times:Array(UInt32)})) AS row)`,
    {
      ids: buckets.map(([id]) => id),
      domains: buckets.map(([, domain]) => domain),
      times: buckets.map(([, , time]) => time),
    },
  )
  const written = loads.map(
    ({ loadId, source, from, to, ...more }): WrittenLoad => ({
      ...{ loadId, source, accountId: more.accountId ?? 'first', fileName: more.fileName ?? 'access.log' },
      ...{ domainOfLines: null, allowedDomains: more.allowedDomains ?? null, rejectedLines: 1 },
      firstTimeMs: startMs + from * hourMs,
      lastTimeMs: startMs + to * hourMs - 1000,
      writtenAtMs: startMs + (more.writtenAfter ?? 24) * hourMs,
    }),
  )
  await recordLoadSpans(warehouse, written)
}

const version = (more: Partial<DataVersion> = {}): DataVersion => ({
  ...{
    dataVersion: 1,
    shownVersion: 1,
    seen: { fromLoad: new Map(), moved: [] },
    changedAtMs: startMs + 24 * hourMs,
    loadIdMax: 1_000_000,
    hiddenLoadIds: [],
    loadIdsToRollUp: [],
  },
  firstAccountId: 'first',
  cadences: new Map([
    [
      'first:cdn',
      {
        ...{ accountId: 'first', source: 'cdn', filesPerHour: 1, delaySeconds: 3600, skipsEmptyHours: false },
        ...{ filesPerDay: null, dayZone: null },
        ...{ domains: null, expectedFromMs: null, expectedUntilMs: null },
      },
    ],
  ]),
  ...more,
})

/** Coverage read from a warehouse, for every way in which a log may be delivered. */
export function coverageContract(server: () => WarehouseServer) {
  let warehouse: Warehouse
  let nextLoad = 700_000
  beforeAll(async () => {
    warehouse = await server().open()
    await migrateWarehouse(warehouse)
    const hourly = domains.flatMap((domain, n) =>
      [0, 1, 3].map((hour) => ({
        ...{ loadId: n * 10 + hour + 1, source: 'cdn', domain, from: hour, to: hour + 1 },
        fileName: `2026090${1}${String(8 + hour).padStart(2, '0')}-${domain}-cn.gz`,
      })),
    )
    await writeLoads(warehouse, hourly)
    await writeLoads(warehouse, [
      { loadId: 500_001, source: 'edge', domain: domains[0] ?? '', from: 0, to: 3 },
      { loadId: 500_002, source: 'edge', domain: domains[1] ?? '', from: 0, to: 4 },
    ])
  })

  const read = async (question: Partial<CoverageQuestion>) => {
    const coverage = await readCoverage({
      rows: (sql, parameters) => warehouse.rows(sql, parameters, testRun()),
      version: version(),
      accountId: 'first',
      domains,
      range: { startMs, endMs: startMs + 4 * hourMs },
      seesAllFiles: true,
      ...question,
    })
    const told: Record<string, string> = {}
    let late = 0
    for await (const one of coverage.domains()) {
      const minutes = (timeMs: number) => (timeMs - startMs) / 60_000
      told[one.domain] = one.runs
        .map((run) => `${run.value.state} ${minutes(run.startMs)}-${minutes(run.endMs)}`)
        .join(', ')
      for (const { lines } of one.late) late += lines
    }
    return { coverage, told, late }
  }

  it('gives every domain of a long list its states, in their order', async () => {
    const { told } = await read({})
    expect(Object.keys(told)).toEqual(domains)
    expect(told[domains[2] ?? '']).toBe('final 0-120, missing 120-180, final 180-240')
    expect(new Set(Object.values(told)).size).toBe(2)
  })

  it('gives the same in slices of domains as in one', async () => {
    const few = domains.slice(0, 30)
    const inOne = await read({ domains: few })
    // A range of twenty years makes a slice of two domains.
    const range = { startMs: startMs - 7_300 * 24 * hourMs, endMs: startMs + 4 * hourMs }
    const inSlices = await read({ domains: few, range })
    const after = (told: Record<string, string>) => Object.values(told).map((text) => text.split(', ').slice(-3))
    expect(after(inSlices.told)).toEqual(after(inOne.told).map((runs) => runs.slice(-3)))
  })

  it('says of each source up to when it has reported, and what of its files was rejected', async () => {
    const { coverage } = await read({ domains: domains.slice(0, 2) })
    expect(coverage.sources).toMatchObject([
      { source: 'cdn', watermarkMs: startMs + 4 * hourMs, watermarkLeastMs: startMs + 4 * hourMs, rejectedLines: 6 },
      {
        source: 'edge',
        watermarkMs: startMs + 235 * 60_000,
        watermarkLeastMs: startMs + 235 * 60_000,
        rejectedLines: 2,
      },
    ])
    const one = await read({ domains: [domains[0] ?? ''], seesAllFiles: false })
    expect(one.coverage.sources).toMatchObject([{ rejectedLines: 3 }, { rejectedLines: 1 }])
  })

  it('has nobody report past the moment of a load, whatever its file’s name says', async () => {
    const domain = 'growing.example.test'
    const fileName = `2026090108-${domain}-cn.gz`
    const growing = { loadId: 700_001, source: 'growing', fileName, domain, from: 0, to: 1 / 12, writtenAfter: 1 / 6 }
    await writeLoads(warehouse, [growing])
    const { coverage, told } = await read({ domains: [domain] })
    expect(coverage.sources).toMatchObject([{ source: 'growing', watermarkMs: startMs + hourMs / 6 }])
    expect(told[domain]).toBe('provisional 0-60, missing 60-240')
  })

  it('does not see loads that do not count', async () => {
    const question = { domains: [domains[0] ?? ''] }
    const hidden = await read({ ...question, version: version({ hiddenLoadIds: [1, 500_001, 500_002] }) })
    expect(hidden.told[domains[0] ?? '']).toBe('missing 0-60, final 60-120, missing 120-180, final 180-240')
    const earlier = await read({ ...question, version: version({ loadIdMax: 2 }) })
    expect(earlier.told[domains[0] ?? '']).toBe('final 0-120, missing 120-240')
  })

  it('judges at the time of the data version', async () => {
    const { told } = await read({
      version: version({ changedAtMs: startMs + 3 * hourMs }),
      domains: [domains[2] ?? ''],
    })
    expect(told[domains[2] ?? '']).toBe('final 0-120, missing 120-180, provisional 180-240')
  })

  it('counts what came late', async () => {
    const late = { loadId: 600_001, source: 'cdn', domain: domains[5] ?? '', from: 2, to: 3, writtenAfter: 4 }
    const first = { loadId: 600_000, source: 'cdn', domain: domains[7] ?? '', from: 0, to: 1, writtenAfter: 1 }
    await writeLoads(warehouse, [first, late, { ...late, loadId: 600_002, from: 3, to: 4 }])
    expect((await read({ domains: [domains[5] ?? ''], version: version({ hiddenLoadIds: [51, 52, 54] }) })).late).toBe(
      2,
    )
    expect((await read({ domains: [domains[6] ?? ''], version: version({ hiddenLoadIds: [61, 62, 64] }) })).late).toBe(
      0,
    )
  })

  it.each([
    { why: 'single files after the delay', hours: [0, 1, 2, 3], writtenAfter: [1, 2, 9, 12], late: 4 },
    { why: 'none that was over before the source began', hours: [3, 0, 1], writtenAfter: [4.5, 12, 12], late: 0 },
    { why: 'none of three at once, in order', hours: [0, 1, 2, 3], writtenAfter: [1, 9, 9.05, 9.1], late: 0 },
    { why: 'two at once', hours: [0, 1, 2], writtenAfter: [1, 9, 9.05], late: 4 },
    { why: 'three at once behind a later one', hours: [3, 0, 1, 2], writtenAfter: [0.5, 9, 9.05, 9.1], late: 6 },
  ])('counts as late $why', async ({ hours, writtenAfter, late }) => {
    const domain = domains[2_000 + late] ?? ''
    const source = `backlog ${hours.join()} ${writtenAfter.join()}`
    const loads = hours.map(
      (hour, n): Made => ({
        ...{ loadId: nextLoad++, source, domain, from: hour, to: hour + 1, writtenAfter: writtenAfter[n] ?? 0 },
        fileName: `20260901${String(8 + hour).padStart(2, '0')}-${domain}-cn.gz`,
      }),
    )
    await writeLoads(warehouse, loads)
    const cadence = { ...[...version().cadences.values()][0], source } as Cadence
    const own = version({ cadences: new Map([[`first:${source}`, cadence]]) })
    const { coverage } = await read({ domains: [domain], version: own })
    let lines = 0
    const ofSource = (one: LateLines) => (one.source === source ? one.lines : 0)
    for await (const one of coverage.domains()) for (const found of one.late) lines += ofSource(found)
    expect(lines).toBe(late)
  })
}

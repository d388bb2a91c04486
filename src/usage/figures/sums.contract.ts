import { expect, it } from 'vitest'
import type { WarehouseServer } from '../../../test/harness/warehouse.ts'
import { migrateWarehouse } from '../../ports/warehouse/migrate.ts'
import type { Parameters, Warehouse } from '../../ports/warehouse/warehouse.ts'
import { areAllDomains } from '../rows/of-all.ts'
import { type Point, readPoints } from './read-series.ts'
import { bucketsOf } from './usage-buckets.ts'
import { ofAllTraffic, type UsageQuery } from './usage-query.ts'

/** The last migration of the build that had no sums beside the rows. */
const schemaBefore = 18
const [domainCount, bucketCount] = [40, 3_000]
const firstMs = Date.parse('2026-08-28T00:00:00Z')
const range = { startTimeMs: firstMs + 3_600_000, endTimeMs: firstMs + 240 * 3_600_000 }
const domains = Array.from({ length: domainCount }, (_, n) => `d${n}.test`).sort()

const insert = (warehouse: Warehouse, loadId: number) =>
  warehouse.command(
    `INSERT INTO usage (bucket, domain, service_area, load_id, requests, flux_bytes, hits, cache_logged_requests)
     SELECT toDateTime({first:UInt32} + 300 * intDiv(number, {domains:UInt32}), 'UTC'), concat('d', toString(number % {domains:UInt32}), '.test'),
       if(number % 3 = 0, 'mainland_china', 'outside_mainland_china'), {loadId:UInt64}, 1 + number % 7, cityHash64(number, {loadId:UInt64}) % 1000000, 1, 1 + number % 7
     FROM numbers({rows:UInt32}) WHERE cityHash64(number, {loadId:UInt64}, 5) % 3 > 0`,
    { loadId, domains: domainCount, first: firstMs / 1000, rows: domainCount * bucketCount },
  )

const version = {
  ...{ dataVersion: 9, shownVersion: 9, changedAtMs: null, firstAccountId: '', cadences: new Map() },
  ...{ seen: { fromLoad: new Map(), moved: [] }, loadIdMax: 9, hiddenLoadIds: [2], loadIdsToRollUp: [] },
}

/** Reads rows as the engine chooses, or from the table's own order; `asked` collects the statements. */
const dataOf = (warehouse: Warehouse, usesProjections: 0 | 1, asked: [string, Parameters][] = []) => ({
  ...{ domains, version, removedLoadIds: [] },
  rows: <Row>(sql: string, parameters: Parameters) => {
    asked.push([sql, parameters])
    const settings = { optimize_use_projections: usesProjections }
    const run = { queryId: `fluxport-test-${Math.random()}`, signal: new AbortController().signal, settings }
    return warehouse.rows<Row>(sql, parameters, run)
  },
})

const queryOf = (interval: 300 | 3600 | 86_400, dimensions: UsageQuery['dimensions']): UsageQuery => ({
  ...{ ...ofAllTraffic, serviceArea: 'global', metrics: ['flux', 'requests', 'hits', 'peak_bandwidth'] },
  ...{ buckets: bucketsOf(range, interval, 'UTC'), dimensions },
})
const queries: [UsageQuery, string][] = [
  [queryOf(300, []), 'of_all'],
  [queryOf(3600, []), 'of_all'],
  [queryOf(86_400, []), 'of_all'],
  [queryOf(3600, ['domain']), 'by_hour'],
  [{ ...queryOf(86_400, ['domain']), serviceArea: 'mainland_china' }, 'by_hour'],
]

async function expectAlike(warehouse: Warehouse) {
  for (const [query] of queries) {
    const inOrder = await readPoints(dataOf(warehouse, 0), query, 100_000)
    expect(await readPoints(dataOf(warehouse, 1), query, 100_000)).toEqual(inOrder)
    expect(inOrder.length).toBeGreaterThan(9)
  }
}

/** The projections that statements of a question read. */
async function projectionsOf(warehouse: Warehouse, query: UsageQuery): Promise<string> {
  const asked: [string, Parameters][] = []
  await readPoints(dataOf(warehouse, 1, asked), query, 100_000)
  const plans = await Promise.all(
    asked.map(([sql, parameters]) => warehouse.rows<{ explain: string }>(`EXPLAIN ${sql}`, parameters)),
  )
  return plans
    .flat()
    .map(({ explain }) => explain)
    .join('\n')
}

const requestsOf = (points: Point[]) => points.reduce((sum, { figures }) => sum + Number(figures.requests), 0)

/** The sums by hour and of all domains, on every warehouse. */
export function sumsContract(server: () => WarehouseServer) {
  it('has sums like its rows: of parts from before and after, merged, and after a removal', async () => {
    const warehouse = await server().open()
    await migrateWarehouse(warehouse, schemaBefore)
    for (const loadId of [1, 2]) await insert(warehouse, loadId)
    await warehouse.command('SYSTEM STOP MERGES usage')
    await migrateWarehouse(warehouse)
    await insert(warehouse, 3)
    await expectAlike(warehouse)
    const before = await readPoints(dataOf(warehouse, 1), queryOf(300, []), 100_000)
    await warehouse.command('SYSTEM START MERGES usage')
    const left = () =>
      warehouse.rows(`SELECT 1 FROM system.mutations WHERE NOT is_done AND database = currentDatabase()`)
    await expect.poll(left, { timeout: 20_000 }).toEqual([])
    await expectAlike(warehouse)
    await warehouse.command('OPTIMIZE TABLE usage FINAL')
    await expectAlike(warehouse)
    for (const [query, projection] of queries) expect(await projectionsOf(warehouse, query)).toContain(projection)
    await warehouse.command('ALTER TABLE usage DELETE WHERE load_id = 1 SETTINGS mutations_sync = 2')
    await expectAlike(warehouse)
    const after = await readPoints(dataOf(warehouse, 1), queryOf(300, []), 100_000)
    expect(requestsOf(after)).toBeLessThan(requestsOf(before))
  })

  it('knows whether all rows are of some domains', async () => {
    const warehouse = await server().open()
    await migrateWarehouse(warehouse)
    await insert(warehouse, 1)
    const data = dataOf(warehouse, 1)
    expect(await areAllDomains(data, range)).toBe(true)
    expect(await areAllDomains({ ...data, domains: domains.slice(1) }, range)).toBe(false)
    expect(await areAllDomains({ ...data, domains: domains.slice(1) }, { startTimeMs: 0, endTimeMs: 300_000 })).toBe(
      true,
    )
    const limited = { ...version, seen: { fromLoad: new Map([['d3.test', 2]]), moved: [] } }
    expect(await areAllDomains({ ...data, version: limited }, range)).toBe(false)
  })
}

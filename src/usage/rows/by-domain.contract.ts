import { expect, it } from 'vitest'
import type { WarehouseServer } from '../../../test/harness/warehouse.ts'
import { migrateWarehouse } from '../../ports/warehouse/migrate.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { commonParameters } from './data.ts'
import { usageInRangeSql } from './rows.ts'

/** The last migration of the build that had the rows in one order alone. */
const schemaBefore = 16
const [domains, buckets] = [200, 2_000]
const firstS = Date.parse('2026-09-01T00:00:00Z') / 1000

const insert = (warehouse: Warehouse, loadId: number) =>
  warehouse.command(
    `INSERT INTO usage (bucket, domain, service_area, load_id, requests, flux_bytes)
     SELECT toDateTime({first:UInt32} + 300 * intDiv(number, {domains:UInt32}), 'UTC'), concat('d', toString(number % {domains:UInt32}), '.test'),
       if(number % 3 = 0, 'mainland_china', 'outside_mainland_china'), {loadId:UInt64}, 1 + number % 7, cityHash64(number, {loadId:UInt64}) % 1000000
     FROM numbers({rows:UInt32})`,
    { loadId, domains, first: firstS, rows: domains * buckets },
  )

const version = {
  ...{ dataVersion: 9, shownVersion: 9, changedAtMs: null, firstAccountId: '', cadences: new Map() },
  ...{ seen: { fromLoad: new Map(), moved: [] }, loadIdMax: 9, hiddenLoadIds: [2], loadIdsToRollUp: [] },
}
const parameters = {
  ...commonParameters({ request: { serviceArea: 'global' }, domains: ['d17.test'], version }),
  from: firstS,
  to: firstS + 300 * buckets,
}

/** Sums of a domain's rows, read as the engine chooses, or from the table's own order. */
const sumsOf = (warehouse: Warehouse, usesProjections: 0 | 1) =>
  warehouse.rows(
    `SELECT count() AS rows, sum(requests) AS all_requests, sum(cityHash64(bucket, domain, service_area, load_id, requests, flux_bytes)) AS digest
     FROM (${usageInRangeSql})`,
    parameters,
    {
      queryId: `fluxport-test-${Math.random()}`,
      signal: new AbortController().signal,
      settings: { optimize_use_projections: usesProjections, force_optimize_projection: usesProjections },
    },
  )

async function expectAlike(warehouse: Warehouse, rows: number) {
  const [inOrder, byDomain] = [await sumsOf(warehouse, 0), await sumsOf(warehouse, 1)]
  expect(byDomain).toEqual(inOrder)
  expect(byDomain).toMatchObject([{ rows }])
}

/** The order by domain of the 5-minute sums, on every warehouse. */
export function byDomainContract(server: () => WarehouseServer) {
  it('has the same rows by domain, from before, inserted, merged and after a removal, and reads few of them', async () => {
    const warehouse = await server().open()
    await migrateWarehouse(warehouse, schemaBefore)
    for (const loadId of [1, 2]) await insert(warehouse, loadId)
    await migrateWarehouse(warehouse)
    const left = () =>
      warehouse.rows(`SELECT 1 FROM system.mutations WHERE NOT is_done AND database = currentDatabase()`)
    await expect.poll(left, { timeout: 20_000 }).toEqual([])
    await expectAlike(warehouse, buckets)
    await insert(warehouse, 3)
    await expectAlike(warehouse, 2 * buckets)
    await warehouse.command('OPTIMIZE TABLE usage FINAL')
    await expectAlike(warehouse, 2 * buckets)
    await warehouse.command('ALTER TABLE usage DELETE WHERE load_id = 1 SETTINGS mutations_sync = 2')
    await expectAlike(warehouse, buckets)
    const plan = await warehouse.rows<{ explain: string }>(`EXPLAIN indexes = 1 ${usageInRangeSql}`, parameters)
    const text = plan.map(({ explain }) => explain).join('\n')
    expect(text).toContain('by_domain')
    // A granule has 8,192 rows; the domain has 4,000 of 800,000.
    expect(Math.min(...[...text.matchAll(/Granules: (\d+)\//g)].map(([, read]) => Number(read))), text).toBeLessThan(5)
  })
}

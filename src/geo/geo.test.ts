import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { locatedByAddressContract } from '../../test/contracts/located-by-address.contract.ts'
import { geoContract } from '../../test/contracts/located-loads.contract.ts'
import { createSqlitePlace, databaseForTest } from '../../test/harness/database.ts'
import { onEachWarehouse } from '../../test/harness/each-warehouse.ts'
import type { WarehouseServer } from '../../test/harness/warehouse.ts'
import { migrateWarehouse } from '../ports/warehouse/migrate.ts'
import { builtInData } from './built-in-data.ts'
import { loadGeoVersion, placeOfAddress } from './geo-versions.ts'
import { dictionaryNames } from './located-sql.ts'

onEachWarehouse((server, kind) => {
  geoContract(server)
  locatedByAddressContract(server)
  if (kind === 'embedded') builtInRules(server)
})

/** Answers of the original data files, by test/oracle/geo_sources.py, which shares no code with the product. */
const sample = readFileSync(new URL('../../test/oracle/geo-sample.tsv', import.meta.url), 'utf8')

function builtInRules(server: () => WarehouseServer) {
  it('the built-in data say what their sources say, in under 150 MiB', async () => {
    const { database } = await databaseForTest(createSqlitePlace)
    const warehouse = await server().open()
    await migrateWarehouse(warehouse)
    const version = await loadGeoVersion({ database, warehouse }, await builtInData(), new AbortController().signal)
    for (const line of sample.trim().split('\n')) {
      const [address = '', country, province, carrier] = line.split('\t')
      const found = await placeOfAddress(warehouse, version, address)
      expect({ address, ...found }).toEqual({ address, country, province, carrier })
    }
    const [memory] = await warehouse.rows<{ mebibytes: number }>(
      'SELECT bytes_allocated / 1048576 AS mebibytes FROM system.dictionaries WHERE name = {name:String}',
      { name: dictionaryNames(version).networks },
    )
    expect(memory?.mebibytes).toBeLessThan(150)
  })
}

import { expect, it } from 'vitest'
import { locatedByAddressSql, locatedSql } from '../../src/geo/located-sql.ts'
import type { WarehouseServer } from '../harness/warehouse.ts'
import { networks, setUp } from './located-loads.contract.ts'

/** The two statements that locate requests agree where a log names no place. */
export function locatedByAddressContract(server: () => WarehouseServer) {
  it('whose log names no place is where its address is, whichever statement asks', async () => {
    const { warehouse, load } = await setUp(server)
    const version = await load(networks)
    const addresses = ['1.0.0.7', '1.0.1.7', '58.33.0.1', '103.1.0.0', '2409:8000::1', '2a00::1', '9.9.9.9', '::']
    const requests = `SELECT toIPv6(arrayJoin({addresses:Array(String)})) AS client_ip, '' AS logged_country,
      '' AS logged_province, '' AS logged_carrier`
    const areas = ['by_country', 'mainland_china', 'outside_mainland_china']
    for (const [serviceArea, of] of areas.flatMap((area) => [version, null].map((of) => [area, of] as const))) {
      const rowsOf = (located: typeof locatedSql) =>
        warehouse.rows(
          `SELECT toString(client_ip) AS address, country, province, carrier, service_area, place_logged
           FROM (${located(requests, of)}) ORDER BY address`,
          { addresses, serviceArea, unknownClientArea: 'outside_mainland_china' },
        )
      const rows = await rowsOf(locatedByAddressSql)
      expect(rows).toHaveLength(addresses.length)
      expect(rows).toEqual(await rowsOf(locatedSql))
    }
  })
}

import { locatedSql } from '../../geo/located-sql.ts'
import type { RequestCopy } from '../../ledger/copy-rows.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Run, Warehouse } from '../../ports/warehouse/warehouse.ts'

const requestsRelocated = sqlFile(import.meta.url, './requests-relocated.sql')
const insertRelocated = sqlFile(import.meta.url, './insert-relocated.sql')
const countMovedSql = sqlFile(import.meta.url, './count-moved.sql')

/** A load that is looked up again. `serviceArea` is its batch's: only one `by_country` follows the country. */
type LoadToRelocate = { loadId: number; serviceArea: string }

/** The area of a request: it follows the country where the batch said so, and stays elsewhere. */
const areaSql = 'if(has({byCountryLoadIds:Array(UInt64)}, load_id), service_area, stored_service_area)'

const slots = (version: number) => ({ area: areaSql, located: locatedSql(requestsRelocated, version) })

const parametersOf = (loads: readonly LoadToRelocate[]) => ({
  serviceArea: 'by_country',
  byCountryLoadIds: loads.filter((load) => load.serviceArea === 'by_country').map((load) => load.loadId),
})

/** The requests of loads, where they are by a version of the geographic data. */
export const relocatedRequests = (version: number, loads: readonly LoadToRelocate[]): RequestCopy => ({
  insert: fillSlots(insertRelocated, slots(version)),
  parameters: parametersOf(loads),
})

/** How many requests of each load are elsewhere by a version of the geographic data; none: nothing needs to be written. */
export async function countMoved(
  warehouse: Warehouse,
  version: number,
  loads: readonly LoadToRelocate[],
  run: Run,
): Promise<Map<number, number>> {
  if (loads.length === 0) return new Map()
  const rows = await warehouse.rows<{ loadId: number; moved: number }>(
    fillSlots(countMovedSql, slots(version)),
    { ...parametersOf(loads), loadIds: loads.map((load) => load.loadId) },
    run,
  )
  return new Map(rows.map(({ loadId, moved }) => [loadId, moved]))
}

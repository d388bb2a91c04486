import { locatedSql } from '../../geo/located-sql.ts'
import type { RequestCopy } from '../../ledger/copy-rows.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Run, Warehouse } from '../../ports/warehouse/warehouse.ts'
import { isUnknownSql, type UnknownClientArea } from '../../statistics/service-areas.ts'

const requestsRelocated = sqlFile(import.meta.url, './requests-relocated.sql')
const insertRelocated = sqlFile(import.meta.url, './insert-relocated.sql')
const countMovedSql = sqlFile(import.meta.url, './count-moved.sql')

/** A load to look up again. `serviceArea` is its batch's; only `by_country` follows the country. */
type LoadToRelocate = { loadId: number; serviceArea: string }

/**
 * A request's area follows the country if the batch says so, and stays otherwise. That of a client who stays unknown
 * stays too: the setting was another one, perhaps, when the request was loaded.
 */
const areaSql = `if(
        has({byCountryLoadIds:Array(UInt64)}, load_id)
        AND NOT (${isUnknownSql('country', 'province')} AND ${isUnknownSql('stored_country', 'stored_province')}),
        service_area,
        stored_service_area)`

const slots = (version: number) => ({ area: areaSql, located: locatedSql(requestsRelocated, version) })

const parametersOf = (loads: readonly LoadToRelocate[], unknownClientArea: UnknownClientArea) => ({
  serviceArea: 'by_country',
  unknownClientArea,
  byCountryLoadIds: loads.filter((load) => load.serviceArea === 'by_country').map((load) => load.loadId),
})

/** Copies loads' requests with places from a version of the geographic data. */
export const relocatedRequests = (
  version: number,
  loads: readonly LoadToRelocate[],
  unknownClientArea: UnknownClientArea,
): RequestCopy => ({
  insert: fillSlots(insertRelocated, slots(version)),
  parameters: parametersOf(loads, unknownClientArea),
})

/**
 * Number of each load's requests whose place differs in a version of the geographic data; a load without any needs no
 * copy.
 */
export async function countMoved(
  { warehouse, unknownClientArea }: { warehouse: Warehouse; unknownClientArea: UnknownClientArea },
  version: number,
  loads: readonly LoadToRelocate[],
  run: Run,
): Promise<Map<number, number>> {
  if (loads.length === 0) return new Map()
  const rows = await warehouse.rows<{ loadId: number; moved: number }>(
    fillSlots(countMovedSql, slots(version)),
    { ...parametersOf(loads, unknownClientArea), loadIds: loads.map((load) => load.loadId) },
    run,
  )
  return new Map(rows.map(({ loadId, moved }) => [loadId, moved]))
}

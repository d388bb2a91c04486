import type { Warehouse } from '../../src/ports/warehouse/warehouse.ts'

/**
 * Records loads as if each had been written ten minutes after the one before, from `firstS`, unix s, on; those of one
 * source stay. Written together they would all be a backlog, of which nothing is late.
 */
export const spreadLoads = (warehouse: Warehouse, firstS: number, exceptSource: string): Promise<void> =>
  warehouse.command(
    `ALTER TABLE load_span UPDATE written_at = toDateTime({firstS:Int64} + load_id * 610, 'UTC')
     WHERE source != {exceptSource:String} SETTINGS mutations_sync = 2`,
    { firstS, exceptSource },
  )

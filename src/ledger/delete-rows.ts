import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'

const statement = sqlFile(import.meta.url, './delete-rows.sql')

/** Removes the rows of loads from a table, and waits until they are gone. @param table of a closed set: it is not bound */
export const deleteRows = (warehouse: Warehouse, table: string, loadIds: readonly number[]): Promise<void> =>
  warehouse.command(fillSlots(statement, { table }), { loadIds })

import { readdirSync, readFileSync } from 'node:fs'
import { sqlFile } from './sql-file.ts'
import type { Warehouse } from './warehouse.ts'

const createSchemaVersion = sqlFile(import.meta.url, './create-schema-version.sql')
const insertSchemaVersion = sqlFile(import.meta.url, './insert-schema-version.sql')
const newestSchemaVersion = sqlFile(import.meta.url, './newest-schema-version.sql')

const directory = new URL('./migrations/', import.meta.url)

/**
 * Brings the warehouse's schema up to date. Migrations are numbered and forward only. Each statement is safe to run
 * again, so a process killed half way, or two at once, reach the same end.
 * @param upTo the last number to run, for data of an older schema; omit for all
 * @throws Error when the warehouse is newer than this program
 */
export async function migrateWarehouse(warehouse: Warehouse, upTo = Number.POSITIVE_INFINITY): Promise<void> {
  await warehouse.command(createSchemaVersion)
  const done = await warehouseSchema(warehouse)
  const files = readdirSync(directory).filter((name) => name.endsWith('.sql'))
  const newest = Math.max(...files.map(numberOf))
  if (done > newest) {
    throw new Error(`The warehouse has schema ${done}, this program knows ${newest}: use a newer fluxport`)
  }
  for (const name of files.sort().filter((file) => numberOf(file) > done && numberOf(file) <= upTo)) {
    for (const statement of statementsOf(name)) await warehouse.command(statement)
    await warehouse.command(insertSchemaVersion, { version: numberOf(name) })
  }
}

/** The number of the last migration that was run; 0 before the first. */
export async function warehouseSchema(warehouse: Warehouse): Promise<number> {
  const [current] = await warehouse.rows<{ version: number }>(newestSchemaVersion)
  return current?.version ?? 0
}

const numberOf = (fileName: string) => Number.parseInt(fileName, 10)

const statementsOf = (name: string): string[] =>
  readFileSync(new URL(name, directory), 'utf8')
    .split(/;\s*(?:\n|$)/)
    .filter((statement) => statement.replaceAll(/--.*$/gm, '').trim() !== '')

import { readdirSync, readFileSync } from 'node:fs'
import type { Warehouse } from './warehouse.ts'

const directory = new URL('./migrations/', import.meta.url)

/**
 * Brings the warehouse's schema up to date: numbered, forward only, each statement safe to run again, so that a process
 * killed half way, or two at once, end in the same place.
 * @throws Error when the warehouse is newer than this program
 */
export async function migrateWarehouse(warehouse: Warehouse): Promise<void> {
  await warehouse.command(
    `CREATE TABLE IF NOT EXISTS schema_version (version UInt32) ENGINE = MergeTree ORDER BY version`,
  )
  const [current] = await warehouse.rows<{ version: number }>(`SELECT max(version) AS version FROM schema_version`)
  const done = current?.version ?? 0
  const files = readdirSync(directory).filter((name) => name.endsWith('.sql'))
  const newest = Math.max(...files.map(numberOf))
  if (done > newest) {
    throw new Error(`The warehouse has schema ${done}, this program knows ${newest}: use a newer fluxport`)
  }
  for (const name of files.sort().filter((file) => numberOf(file) > done)) {
    for (const statement of statementsOf(name)) await warehouse.command(statement)
    await warehouse.command(`INSERT INTO schema_version VALUES ({version:UInt32})`, { version: numberOf(name) })
  }
}

const numberOf = (fileName: string) => Number.parseInt(fileName, 10)

const statementsOf = (name: string): string[] =>
  readFileSync(new URL(name, directory), 'utf8')
    .split(/;\s*(?:\n|$)/)
    .filter((statement) => statement.replaceAll(/--.*$/gm, '').trim() !== '')

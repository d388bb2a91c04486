import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import type { DataVersion } from '../../ledger/data-version.ts'
import type { Floors } from '../../ledger/floors.ts'
import { keptSources, partitionEndMs, type Source } from '../../ledger/kept-data.ts'
import { countingParameters, countingSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import type { Run, Warehouse } from '../../ports/warehouse/warehouse.ts'
import { BackupDamaged } from './backup-damaged.ts'

/** A piece of a table: one partition's rows of loads that count. */
type TablePiece = { table: string; partition: string; columns: string[] }

/** The migrations' own table. */
const passedOver = 'schema_version'

const piecesSql = sqlFile(import.meta.url, './pieces.sql')
const pieceRowsSql = sqlFile(import.meta.url, './piece-rows.sql')
const knownTablesSql = sqlFile(import.meta.url, './known-tables.sql')
const insertPieceSql = sqlFile(import.meta.url, './insert-piece.sql')
const countRowsSql = sqlFile(import.meta.url, './count-rows.sql')
const anyTableSql = sqlFile(import.meta.url, './any-table.sql')

/**
 * Pieces of the warehouse to copy. Pieces below the floors are left out, as they may be dropped before they are read.
 */
export async function readPieces(warehouse: Warehouse, floors: Floors): Promise<TablePiece[]> {
  const pieces = await warehouse.rows<TablePiece>(piecesSql, { passedOver })
  return pieces.filter(({ table, partition }) => {
    const source = keptSources.find((name) => name === table)
    return source === undefined || partitionEndMs(source as Source, partition) > floors[source as Source]
  })
}

/** The rows of a piece that count at a version, in ClickHouse's Native format. */
export function readPiece(
  warehouse: Warehouse,
  piece: TablePiece,
  version: DataVersion,
  signal: AbortSignal,
): Promise<{ stream: Readable; rows: number }> {
  const isOfLoads = piece.columns.includes('load_id')
  // Names come from the warehouse itself.
  const names = { columns: columnsSql(piece.columns), table: piece.table }
  const sql = fillSlots(pieceRowsSql, { ...names, counting: isOfLoads ? countingSql : 'true' })
  const counting = isOfLoads ? countingParameters(version) : {}
  return warehouse.bytes(sql, { partition: piece.partition, ...counting }, runOf(signal))
}

/** Tables that a backup may name, each with its columns: only existing tables, no function or view. */
export async function readKnownTables(warehouse: Warehouse): Promise<Map<string, Set<string>>> {
  const rows = await warehouse.rows<{ table: string; columns: string[] }>(knownTablesSql, { passedOver })
  return new Map(rows.map((row) => [row.table, new Set(row.columns)]))
}

/** @throws BackupDamaged when a piece's table is unknown, or has other columns */
export function assertKnown(
  known: ReadonlyMap<string, ReadonlySet<string>>,
  piece: { table: string; columns: string[] },
) {
  const columns = known.get(piece.table)
  if (!columns) throw new BackupDamaged('The backup has rows of a table that this schema has not')
  if (!piece.columns.every((name) => columns.has(name)))
    throw new BackupDamaged(`The backup has a column of ${piece.table} that this schema has not`)
}

/** Inserts a piece's rows. The names are the warehouse's own (assertKnown). */
export async function insertPiece(
  warehouse: Warehouse,
  piece: { table: string; columns: string[] },
  bytes: Readable,
  signal: AbortSignal,
): Promise<void> {
  const insert = fillSlots(insertPieceSql, { table: piece.table, columns: columnsSql(piece.columns) })
  await warehouse.insertBytes(insert, bytes, { ...runOf(signal), settings: { max_partitions_per_insert_block: 0 } })
}

/** Number of rows of each given table. */
export async function countRows(warehouse: Warehouse, tables: readonly string[]): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (const table of tables) {
    const [row] = await warehouse.rows<{ rows: number }>(fillSlots(countRowsSql, { table }))
    counts.set(table, row?.rows ?? 0)
  }
  return counts
}

const columnsSql = (columns: string[]) => columns.map((name) => `\`${name}\``).join(', ')

const runOf = (signal: AbortSignal): Run => ({ queryId: `fluxport-backup-${randomUUID()}`, signal })

/** @throws Error with a sentence when the warehouse is in use */
export async function assertNoTables(warehouse: Warehouse): Promise<void> {
  const [found] = await warehouse.rows<{ name: string }>(anyTableSql)
  if (found) throw new Error(`The warehouse is not empty: it has the table ${found.name}. Restore to an empty one`)
}

import type { Database } from '../../ports/database/database.ts'
import { type AnyRow, insertRows, removeRows, tableNames } from '../../ports/database/database-rows.ts'
import { unmarkRestoring } from '../../ports/database/restore-mark.ts'
import { BackupDamaged } from './backup-damaged.ts'
import type { BackupFile, ReadManifest } from './backup-form.ts'
import { rowsOf } from './read-rows.ts'
import { type Restored, restoredRow } from './restored-rows.ts'
import { assertRow, type ColumnTypes, columnTypesOf } from './row-rules.ts'

type Source = Pick<ReadManifest, 'root' | 'manifest'>

const rowsAtOnce = 1_000

/**
 * Inserts all rows in one transaction, which also ends the restore; rows that migrations inserted are replaced. Tables
 * follow the order of the schema, not that of the manifest.
 * @throws BackupDamaged when a table is unknown or missing, or has a row that no server writes
 */
export async function restoreDatabase(source: Source, database: Database, restored: Restored): Promise<void> {
  await database.write(async (tx) => {
    const types = await columnTypesOf(tx)
    const files = filesInOrder(source, await tableNames(tx))
    for (const { table } of [...files].reverse()) await removeRows(tx, table)
    await unmarkRestoring(tx)
    for (const { table, file } of files) {
      await insertFile(source, file, types, table, async (page) => {
        const rows = page.map((row) => restoredRow(table, row, restored))
        const kept = rows.filter((row) => row !== null)
        if (kept.length > 0) await insertRows(tx, table, kept)
      })
    }
  })
}

/** Checks every row before anything else begins, so that no engine is started for a refused backup. */
export async function assertRows(source: Source, database: Database): Promise<void> {
  const types = await columnTypesOf(database.queries)
  for (const { table, file } of filesInOrder(source, await tableNames(database.queries)))
    await insertFile(source, file, types, table, async () => undefined)
}

type TableFile = { table: string; file: BackupFile }

function filesInOrder({ manifest }: Source, tables: readonly string[]): TableFile[] {
  const files = manifest.files.filter((file) => file.path.startsWith('database/'))
  if (files.some((file) => !tables.includes(file.table ?? '')))
    throw new BackupDamaged('The backup has rows of a table that this schema has not')
  return tables.map((table) => {
    const file = files.find((one) => one.table === table)
    if (!file) throw new BackupDamaged(`The backup has no rows of the table ${table}, and is not whole`)
    return { table, file }
  })
}

/** Passes a file's rows on, a page at a time. */
async function insertFile(
  source: Source,
  file: BackupFile,
  types: ColumnTypes,
  table: string,
  insert: (page: AnyRow[]) => Promise<void>,
): Promise<void> {
  const wrongCount = () => new BackupDamaged(`${file.path} has another number of rows than ${file.rows}`)
  let rows = 0
  let page: AnyRow[] = []
  for await (const row of rowsOf(source.root, file)) {
    assertRow(types, table, row)
    rows += 1
    if (rows > (file.rows ?? 0)) throw wrongCount()
    page.push(row)
    if (page.length < rowsAtOnce) continue
    await insert(page)
    page = []
  }
  if (page.length > 0) await insert(page)
  if (rows !== file.rows) throw wrongCount()
}

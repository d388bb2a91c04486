import { createReadStream } from 'node:fs'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import type { Artifacts } from '../artifacts/artifacts.ts'
import { openArtifactDirectory } from '../artifacts/directory.ts'
import { openSecretBox } from '../auth/secret-box.ts'
import type { Config } from '../config.ts'
import { type Database, migrate, migrationNames } from '../database/database.ts'
import type { AccessKeyRow, Queries } from '../database/schema.ts'
import { lockDirectory } from '../engine/directory-lock.ts'
import { parseExactJson } from '../exact-json.ts'
import type { Logger } from '../logger.ts'
import { masterKeyOf, openDatabaseAs, openEngine, openWarehouse, prepareDirectories } from '../serve/open-parts.ts'
import { migrateWarehouse } from '../warehouse/migrate.ts'
import type { Warehouse } from '../warehouse/warehouse.ts'
import { copyDurably } from './backup-files.ts'
import { type BackupFile, type BackupManifest, verifyBackup } from './backup-form.ts'
import { entriesOf } from './backup-writer.ts'
import { type AnyRow, insertRows, removeRows, tableNames } from './database-rows.ts'
import { markRestoring, unmarkRestoring } from './restore-mark.ts'
import { type Restored, restoredRow } from './restored-rows.ts'
import { assertNoTables, countRows, insertPiece } from './warehouse-rows.ts'

/** What a data directory may have before: the key of a backup without one. */
const allowedBefore = new Set(['master.key'])

type Source = { directory: string; manifest: BackupManifest }

/**
 * Restores a backup to where the configuration says: an empty data directory, and empty databases. Until it is whole, no
 * server starts there.
 * @throws BackupDamaged naming a file, Error with a sentence
 */
export async function restoreBackup(config: Config, directory: string, log: Logger, signal: AbortSignal) {
  const source: Source = { directory, manifest: await verifyBackup(directory) }
  await assertEmpty(config.dataDir, allowedBefore)
  if (config.artifactsDir !== join(config.dataDir, 'artifacts')) await assertEmpty(config.artifactsDir)
  await prepareDirectories(config, log)
  const lock = lockDirectory(config.dataDir)
  try {
    await placeFiles(source, config.dataDir)
    await assertKeyOpens(source, config)
    await restoreParts(source, config, log, signal)
  } finally {
    lock.release()
  }
  return source.manifest
}

async function restoreParts(source: Source, config: Config, log: Logger, signal: AbortSignal): Promise<void> {
  const database = await openDatabaseAs(config, (queries) => prepareDatabase(queries, source.manifest))
  const engine = await openEngine(config, log)
  const warehouse = openWarehouse(engine, log)
  try {
    await restoreWarehouse(source, warehouse, signal)
    const artifacts = await openArtifactDirectory(config.artifactsDir)
    await restoreArtifacts(source, artifacts, signal)
    await restoreDatabase(source, database, join(config.dataDir, 'spool'))
    await migrateWarehouse(warehouse)
    await migrate(database.queries)
  } finally {
    await warehouse.close()
    await engine.stop()
    await database.close()
  }
}

async function assertEmpty(directory: string, allowed: ReadonlySet<string> = new Set()): Promise<void> {
  const [found] = (await entriesOf(directory)).filter((name) => !allowed.has(name))
  if (found !== undefined) throw new Error(`${directory} is not empty: it has ${found}. Restore to an empty directory`)
}

const filesBelow = ({ manifest }: Source, place: string): BackupFile[] =>
  manifest.files.filter((file) => file.path.startsWith(`${place}/`))

/** Files of the data directory, and the bytes of batches that wait. */
async function placeFiles(source: Source, dataDir: string): Promise<void> {
  for (const { path } of filesBelow(source, 'data-dir')) {
    await copyDurably(join(source.directory, path), join(dataDir, path.slice('data-dir/'.length)))
  }
  for (const { path } of filesBelow(source, 'spool')) {
    await copyDurably(join(source.directory, path), join(dataDir, path))
  }
}

/** @throws Error when there is no master key, or another than the backup's secrets are sealed under */
async function assertKeyOpens(source: Source, config: Config): Promise<void> {
  const isThere = config.masterKey !== null || (await entriesOf(config.dataDir)).includes('master.key')
  const where = 'set --master-key (FLUXPORT_MASTER_KEY), or put master.key into the data directory'
  if (!isThere) throw new Error(`The backup has no master key, without which its secrets do not open: ${where}`)
  const box = openSecretBox(await masterKeyOf(config))
  const keys = filesBelow(source, 'database').find((file) => file.table === 'access_key')
  if (!keys) return
  for await (const row of rowsOf(source, keys)) {
    const { secret_sealed: sealed, access_key: accessKey } = row as unknown as AccessKeyRow
    try {
      return void box.open(sealed, accessKey)
    } catch (cause) {
      throw new Error(`The master key is not the one that the backup’s secrets are sealed under: ${where}`, { cause })
    }
  }
}

async function prepareDatabase(queries: Queries, manifest: BackupManifest): Promise<void> {
  const { migrations } = manifest.database
  const unknown = migrations.find((name) => !migrationNames.includes(name))
  if (unknown !== undefined) throw new Error(`The backup has the schema ${unknown}: use a newer fluxport`)
  const [table] = await tableNames(queries)
  if (table !== undefined)
    throw new Error(`The database is not empty: it has the table ${table}. Restore to an empty one`)
  await migrate(queries, migrations.at(-1))
  await markRestoring(queries)
}

async function restoreWarehouse(source: Source, warehouse: Warehouse, signal: AbortSignal): Promise<void> {
  await assertNoTables(warehouse)
  await migrateWarehouse(warehouse, source.manifest.warehouse.schema)
  const expected = new Map<string, number>()
  for (const { path, table = '', columns = [], rows = 0 } of filesBelow(source, 'warehouse')) {
    signal.throwIfAborted()
    const bytes = createReadStream(join(source.directory, path)).pipe(createGunzip())
    await insertPiece(warehouse, { table, columns }, bytes, signal)
    expected.set(table, (expected.get(table) ?? 0) + rows)
  }
  const found = await countRows(warehouse, [...expected.keys()])
  for (const [table, rows] of expected) {
    if (found.get(table) !== rows) throw new Error(`${table} has ${found.get(table)} rows instead of ${rows}`)
  }
}

async function restoreArtifacts(source: Source, artifacts: Artifacts, signal: AbortSignal): Promise<void> {
  for (const { path, sha256 } of filesBelow(source, 'artifacts')) {
    const key = path.slice('artifacts/'.length)
    const written = await artifacts.put(key, createReadStream(join(source.directory, path)), signal)
    if (written.sha256 !== sha256) throw new Error(`${path} was altered while it was copied`)
  }
}

/** All rows in one transaction, which also ends the restore; migrations have put some into new tables. */
async function restoreDatabase(source: Source, database: Database, spoolDirectory: string): Promise<void> {
  const restored: Restored = {
    artifactKeys: new Set(filesBelow(source, 'artifacts').map((file) => file.path.slice('artifacts/'.length))),
    spoolNames: new Set(filesBelow(source, 'spool').map((file) => basename(file.path))),
    spoolDirectory,
  }
  await database.write(async (tx) => {
    const files = filesBelow(source, 'database')
    for (const file of [...files].reverse()) await removeRows(tx, file.table ?? '')
    await unmarkRestoring(tx)
    for (const file of files) {
      const rows = await insertFile(source, file, async (page) => {
        await insertRows(
          tx,
          file.table ?? '',
          page.map((row) => restoredRow(file.table ?? '', row, restored)),
        )
      })
      if (rows !== file.rows) throw new Error(`${file.path} has ${rows} rows instead of ${file.rows}`)
    }
  })
}

const rowsAtOnce = 1_000

async function insertFile(
  source: Source,
  file: BackupFile,
  insert: (page: AnyRow[]) => Promise<void>,
): Promise<number> {
  let rows = 0
  let page: AnyRow[] = []
  for await (const row of rowsOf(source, file)) {
    rows += 1
    page.push(row)
    if (page.length < rowsAtOnce) continue
    await insert(page)
    page = []
  }
  if (page.length > 0) await insert(page)
  return rows
}

async function* rowsOf(source: Source, file: BackupFile): AsyncGenerator<AnyRow> {
  const text = createReadStream(join(source.directory, file.path)).pipe(createGunzip())
  for await (const line of createInterface({ input: text, crlfDelay: Number.POSITIVE_INFINITY }))
    yield parseExactJson(line) as AnyRow
}

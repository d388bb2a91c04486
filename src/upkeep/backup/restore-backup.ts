import { basename, join } from 'node:path'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { offlineActor, recordAlone } from '../../audit/audit-log.ts'
import type { SecretBox } from '../../auth/secret-box.ts'
import type { Config } from '../../config/config.ts'
import type { Logger } from '../../logger.ts'
import { locationOf, openArtifacts } from '../../parts/open-artifacts.ts'
import { openDatabaseAs, openEngine, openWarehouse, prepareDirectories } from '../../parts/open-parts.ts'
import type { Artifacts } from '../../ports/artifacts/artifacts.ts'
import { migrate, migrationNames } from '../../ports/database/database.ts'
import { tableNames } from '../../ports/database/database-rows.ts'
import { markRestoring } from '../../ports/database/restore-mark.ts'
import type { AccessKeyRow, Queries } from '../../ports/database/schema.ts'
import { openSqlite } from '../../ports/database/sqlite.ts'
import { lockDirectory } from '../../ports/warehouse/engine/directory-lock.ts'
import { migrateWarehouse } from '../../ports/warehouse/migrate.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { BackupDamaged } from './backup-damaged.ts'
import { writeDurably } from './backup-files.ts'
import { type BackupFile, type BackupManifest, type ReadManifest, verifyBackup } from './backup-form.ts'
import { entriesOf } from './backup-writer.ts'
import { listedBytes } from './read-listed.ts'
import { rowsOf } from './read-rows.ts'
import { assertRows, restoreDatabase } from './restore-database.ts'
import { keyOfBackup, type Vouched } from './restore-key.ts'
import { assertKnown, assertNoTables, countRows, insertPiece, readKnownTables } from './warehouse-rows.ts'

/** Entries that a data directory may have before: the key, for a backup without one. */
const allowedBefore = new Set(['master.key'])

/** A backup whose manifest was checked. */
type Source = Pick<ReadManifest, 'root' | 'manifest'>

/**
 * Restores a backup to the configured parts: an empty data directory, and empty databases. No server starts there
 * before the restore is complete. A backup is trusted only as far as its seal, and no row of it makes the server read
 * or write where it would not by itself (docs/adr/0034).
 * @throws BackupDamaged naming a file, Error with a sentence
 */
export async function restoreBackup(
  config: Config,
  directory: string,
  options: { acceptsUnsealed: boolean; log: Logger },
  signal: AbortSignal,
): Promise<{ manifest: BackupManifest; vouched: Vouched }> {
  const read = await verifyBackup(directory)
  await assertEmpty(config.dataDir, allowedBefore)
  if (config.artifactsBucket !== null) await assertBucketEmpty(config, locationOf(config.artifactsBucket))
  else if (config.artifactsDir !== join(config.dataDir, 'artifacts')) await assertEmpty(config.artifactsDir)
  const { box, vouched } = await keyOfBackup(read, config, options.acceptsUnsealed)
  await assertKeyOpens(read, box)
  await prepareDirectories(config, options.log)
  const lock = lockDirectory(config.dataDir)
  try {
    await placeFiles(read, config.dataDir)
    await restoreParts(read, config, { log: options.log, vouched }, signal)
  } finally {
    lock.release()
  }
  return { manifest: read.manifest, vouched }
}

async function restoreParts(
  source: Source,
  config: Config,
  { log, vouched }: { log: Logger; vouched: Vouched },
  signal: AbortSignal,
): Promise<void> {
  const database = await openDatabaseAs(config, (queries) => prepareDatabase(queries, source.manifest))
  await assertRows(source, database).catch(async (error) => {
    await database.close()
    throw error
  })
  const engine = await openEngine(config, log)
  const warehouse = openWarehouse(engine, log)
  try {
    await restoreWarehouse(source, warehouse, signal)
    const artifacts = await openArtifacts(config)
    await restoreArtifacts(source, artifacts, signal).finally(artifacts.close)
    await restoreDatabase(source, database, {
      artifactKeys: new Set(filesBelow(source, 'artifacts').map((file) => file.path.slice('artifacts/'.length))),
      spoolNames: new Set(filesBelow(source, 'spool').map((file) => basename(file.path))),
      spoolDirectory: join(config.dataDir, 'spool'),
      webhookAllowPrivate: config.webhookAllowPrivate,
      batchesOfPaths: new Set(),
    })
    await migrateWarehouse(warehouse)
    await migrate(database.queries)
    const { manifest } = source
    const after = { vouched, made_at: manifest.created_at, data_version: manifest.data_version }
    await recordAlone(database, { ...offlineActor, action: 'backup.restored', object: 'all', outcome: 'done', after })
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

async function assertBucketEmpty(config: Config, location: string): Promise<void> {
  const artifacts = await openArtifacts(config)
  const isEmpty = await artifacts.isEmpty().finally(artifacts.close)
  if (!isEmpty) throw new Error(`${location} is not empty. Restore to an empty bucket or prefix`)
}

const filesBelow = ({ manifest }: Source, place: string): BackupFile[] =>
  manifest.files.filter((file) => file.path.startsWith(`${place}/`))

/** Writes files of the data directory, and the bytes of waiting batches. An existing key there is the backup's. */
async function placeFiles(source: Source, dataDir: string): Promise<void> {
  const there = new Set(await entriesOf(dataDir))
  for (const file of filesBelow(source, 'data-dir')) {
    const name = file.path.slice('data-dir/'.length)
    if (!there.has(name)) await writeDurably(join(dataDir, name), listedBytes(source.root, file))
  }
  for (const file of filesBelow(source, 'spool')) {
    await writeDurably(join(dataDir, file.path), listedBytes(source.root, file))
  }
}

/** @throws Error when the master key does not open the backup's secrets */
async function assertKeyOpens(source: Source, box: SecretBox): Promise<void> {
  const keys = filesBelow(source, 'database').find((file) => file.table === 'access_key')
  if (!keys) return
  for await (const row of rowsOf(source.root, keys)) {
    const { secret_sealed: sealed, access_key: accessKey } = row as unknown as AccessKeyRow
    try {
      return void box.open(String(sealed), String(accessKey))
    } catch (cause) {
      const where = 'set --master-key (FLUXPORT_MASTER_KEY), or put master.key into the data directory'
      throw new Error(`The master key is not the one that the backup’s secrets are sealed under: ${where}`, { cause })
    }
  }
}

/**
 * Checks every row against the rules of a restore, in an in-memory database of the backup's schema. So rows that a
 * restore would refuse are found while the backed-up server still exists.
 * @throws BackupDamaged, Error with a sentence
 */
export async function verifyRows(source: Source): Promise<void> {
  const database = await openSqlite(':memory:', (queries) => prepareDatabase(queries, source.manifest))
  try {
    await assertRows(source, database)
  } finally {
    await database.close()
  }
}

async function prepareDatabase(queries: Queries, manifest: BackupManifest): Promise<void> {
  const { migrations } = manifest.database
  if (migrations.some((name) => !migrationNames.includes(name)))
    throw new Error('The backup has a schema that this program does not know: use a newer fluxport')
  const [table] = await tableNames(queries)
  if (table !== undefined)
    throw new Error(`The database is not empty: it has the table ${table}. Restore to an empty one`)
  if (migrations.length === 0) throw new BackupDamaged('The backup has no schema')
  await migrate(queries, migrations.at(-1))
  await markRestoring(queries)
}

async function restoreWarehouse(source: Source, warehouse: Warehouse, signal: AbortSignal): Promise<void> {
  await assertNoTables(warehouse)
  await migrateWarehouse(warehouse, source.manifest.warehouse.schema)
  const known = await readKnownTables(warehouse)
  const pieces = filesBelow(source, 'warehouse').map((file) => {
    const { table = '', columns = [], rows = 0 } = file
    assertKnown(known, { table, columns })
    return { file, table, columns, rows }
  })
  const expected = new Map<string, number>()
  for (const { file, table, columns, rows } of pieces) {
    signal.throwIfAborted()
    // Piped by compose, so that an exchanged file ends the insert with its own error.
    const bytes = Readable.from(listedBytes(source.root, file), { objectMode: false }).compose(createGunzip())
    await insertPiece(warehouse, { table, columns }, bytes as unknown as Readable, signal)
    expected.set(table, (expected.get(table) ?? 0) + rows)
  }
  const found = await countRows(warehouse, [...expected.keys()])
  for (const [table, rows] of expected) {
    if (found.get(table) !== rows) throw new Error(`${table} has ${found.get(table)} rows instead of ${rows}`)
  }
}

async function restoreArtifacts(source: Source, artifacts: Artifacts, signal: AbortSignal): Promise<void> {
  for (const file of filesBelow(source, 'artifacts')) {
    await artifacts.put(file.path.slice('artifacts/'.length), listedBytes(source.root, file), signal)
  }
}

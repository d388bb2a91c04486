import { readdir } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Transaction } from 'kysely'
import type { SecretBox } from '../../auth/secret-box.ts'
import { codeOf } from '../../errors.ts'
import { exactJson } from '../../exact-json.ts'
import type { TaskFile } from '../../exports/run/task-files.ts'
import type { DataVersion } from '../../ledger/data-version.ts'
import { readDataVersion } from '../../ledger/data-version.ts'
import { type Floors, readFloors } from '../../ledger/floors.ts'
import type { Artifacts } from '../../ports/artifacts/artifacts.ts'
import type { Database } from '../../ports/database/database.ts'
import { inSnapshot, migrationsDone, tableNames, tableRows } from '../../ports/database/database-rows.ts'
import type { BatchState, Tables } from '../../ports/database/schema.ts'
import { warehouseSchema } from '../../ports/warehouse/migrate.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { programVersion } from '../../version.ts'
import { type BackupManifest, backupForm } from './backup-form.ts'
import { takePin } from './backup-pin.ts'
import { type BackupWriter, openBackupWriter } from './backup-writer.ts'
import { notInBackup } from './not-in-backup.ts'
import { readPiece, readPieces } from './warehouse-rows.ts'

type BackupDeps = {
  database: Database
  warehouse: Warehouse
  artifacts: Artifacts
  dataDir: string
  spoolDirectory: string
  /** Seals the manifest; null: the master key is not at hand. */
  box: SecretBox | null
}

/** Files of the data directory outside the parts: its id, and imported geographic data. */
const dataDirFiles = ['owner']
const dataDirDirectories = ['geo']

/** Without these, secrets cannot be opened, and commands lack their key. */
const secretFiles = ['master.key', 'credentials.json']

/** A batch may be loaded, and its bytes removed, between the snapshot and the copy; that rarely happens twice. */
const snapshotsMax = 10

/** One state of the database, as written. */
type Snapshot = {
  version: DataVersion
  floors: Floors
  migrations: string[]
  artifactKeys: string[]
  waitingPaths: number
  keptLogs: number
}

/**
 * Makes a backup of the present data while servers run. The directory exists once all of it is on disk.
 * @param directory missing or empty
 * @throws Error with a sentence; the written files are removed then, except after a kill
 */
export async function createBackup(
  deps: BackupDeps,
  options: { directory: string; withSecrets: boolean },
  signal: AbortSignal,
): Promise<BackupManifest> {
  const pin = await takePin(deps.database)
  try {
    const writer = await openBackupWriter(options.directory)
    try {
      const { waitingElsewhere, ...snapshot } = await writeDatabase(deps, writer)
      const { waitingPaths, keptLogs } = snapshot
      const lacking = { waitingPaths, waitingElsewhere, keptLogs }
      await writeWarehouse(deps, writer, snapshot, signal)
      await writeArtifacts(deps.artifacts, writer, snapshot.artifactKeys, signal)
      await writeDataDir(deps.dataDir, writer, options.withSecrets)
      await pin.assertHeld()
      const head = {
        form: backupForm,
        product_version: programVersion,
        created_at: Date.now(),
        data_version: snapshot.version.dataVersion,
        database: { migrations: snapshot.migrations },
        warehouse: { schema: await warehouseSchema(deps.warehouse) },
        has_master_key: options.withSecrets,
        not_in_backup: notInBackup(lacking, { withSecrets: options.withSecrets, isSealed: deps.box !== null }),
      } as const
      return await writer.finish(head, deps.box)
    } catch (error) {
      await writer.abandon()
      throw error
    }
  } finally {
    await pin.release()
  }
}

/** Writes the tables of one state, and the bytes of every batch that waits in it. */
async function writeDatabase(deps: BackupDeps, writer: BackupWriter): Promise<Snapshot & { waitingElsewhere: number }> {
  for (let attempt = 1; attempt <= snapshotsMax; attempt++) {
    const { waiting, ...snapshot } = await inSnapshot(deps.database, (tx) =>
      writeTables(deps.database.kind, tx, writer),
    )
    if (await writeSpool(deps.spoolDirectory, writer, waiting))
      return { ...snapshot, waitingElsewhere: waiting.filter((path) => !isBelow(deps.spoolDirectory, path)).length }
    await writer.discard('database')
    await writer.discard('spool')
  }
  throw new Error('Batches come and go too fast to be copied: try again when less is delivered')
}

async function writeTables(kind: Database['kind'], tx: Transaction<Tables>, writer: BackupWriter) {
  const snapshot = {
    version: await readDataVersion(tx),
    floors: await readFloors(tx),
    migrations: await migrationsDone(tx),
    artifactKeys: await artifactKeysOf(tx),
    waiting: await waitingContents(tx),
    waitingPaths: await countWaitingPaths(tx),
    keptLogs: await countKeptLogs(tx),
  }
  for (const table of await tableNames(tx)) {
    const counted = { rows: 0 }
    const file = await writer.add(
      { path: `database/${table}.jsonl.gz`, table },
      jsonLines(tableRows(kind, tx, table), counted),
    )
    file.rows = counted.rows
  }
  return snapshot
}

async function* jsonLines(pages: AsyncIterable<object[]>, counted: { rows: number }): AsyncGenerator<Buffer> {
  for await (const page of pages) {
    counted.rows += page.length
    yield Buffer.from(page.map((row) => `${exactJson(row)}\n`).join(''))
  }
}

async function artifactKeysOf(tx: Transaction<Tables>): Promise<string[]> {
  const rows = await tx
    .selectFrom('export_task')
    .select(['artifact_key', 'files_json'])
    .where('state', '=', 'success')
    .where('artifact_key', 'is not', null)
    .execute()
  return rows.flatMap((row) => {
    const files = JSON.parse(row.files_json ?? '[]') as TaskFile[]
    return files.length > 0 ? files.map((file) => file.key) : [row.artifact_key ?? '']
  })
}

const waitingStates: BatchState[] = ['collecting', 'queued', 'loading']

async function waitingContents(tx: Transaction<Tables>): Promise<string[]> {
  const rows = await tx
    .selectFrom('batch')
    .select('content_path')
    .where('state', 'in', waitingStates)
    .where('content_is_spooled', '=', 1)
    .execute()
  return rows.map((row) => row.content_path)
}

async function countWaitingPaths(tx: Transaction<Tables>): Promise<number> {
  const { waiting } = await tx
    .selectFrom('batch')
    .select((eb) => eb.fn.countAll<number>().as('waiting'))
    .where('state', 'in', waitingStates)
    .where('content_is_spooled', '=', 0)
    .executeTakeFirstOrThrow()
  return Number(waiting)
}

async function countKeptLogs(tx: Transaction<Tables>): Promise<number> {
  const kept = tx.selectFrom('kept_log').where('state', '=', 'kept')
  return Number((await kept.select((eb) => eb.fn.countAll<number>().as('kept')).executeTakeFirstOrThrow()).kept)
}

const isBelow = (directory: string, path: string) => path.startsWith(`${directory}/`)

/**
 * Copies waiting batches' bytes. A batch that still collects has at least the snapshot's bytes; the next start cuts off
 * the rest.
 * @returns false when one was loaded and removed meanwhile. Other servers' bytes are left to their own backups
 */
async function writeSpool(spoolDirectory: string, writer: BackupWriter, paths: string[]): Promise<boolean> {
  for (const path of paths) {
    if (!isBelow(spoolDirectory, path)) continue
    const isThere = await writer.addCopy(`spool/${basename(path)}`, path).catch(() => false)
    if (!isThere) return false
  }
  return true
}

async function writeWarehouse(deps: BackupDeps, writer: BackupWriter, snapshot: Snapshot, signal: AbortSignal) {
  for (const piece of await readPieces(deps.warehouse, snapshot.floors)) {
    signal.throwIfAborted()
    const { stream, rows } = await readPiece(deps.warehouse, piece, snapshot.version, signal)
    const path = `warehouse/${piece.table}/${piece.partition}.native.gz`
    await writer.add({ path, rows, table: piece.table, columns: piece.columns }, stream)
  }
}

/** An artifact that expires meanwhile is left out, and its task is restored as expired. */
async function writeArtifacts(artifacts: Artifacts, writer: BackupWriter, keys: string[], signal: AbortSignal) {
  for (const key of keys) {
    signal.throwIfAborted()
    const found = await artifacts.open(key)
    if (!found) continue
    const isGone = (error: unknown) => codeOf(error) === 'ENOENT'
    await writer.add({ path: `artifacts/${key}` }, found.stream).catch((error) => {
      if (!isGone(error)) throw error
    })
  }
}

async function writeDataDir(dataDir: string, writer: BackupWriter, withSecrets: boolean) {
  for (const name of [...dataDirFiles, ...(withSecrets ? secretFiles : [])]) {
    await writer.addCopy(`data-dir/${name}`, join(dataDir, name))
  }
  for (const directory of dataDirDirectories) {
    const names = await readdir(join(dataDir, directory)).catch(() => [])
    for (const name of names) await writer.addCopy(`data-dir/${directory}/${name}`, join(dataDir, directory, name))
  }
}

import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createBatch, type NewBatch } from '../../src/ledger/batches.ts'
import type { Database } from '../../src/ports/database/database.ts'
import { openPostgres } from '../../src/ports/database/postgres.ts'
import type { Queries } from '../../src/ports/database/schema.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import { temporaryDirectory } from './directory.ts'
import type { TestPostgres } from './postgres.ts'

/** A database of a test's own. */
export type DatabasePlace = {
  /** A connection of its own each time; the first brings the schema up to date, or does what `prepare` does instead. */
  connect(prepare?: (queries: Queries) => Promise<void>): Promise<Database>
  remove(): Promise<void>
}
/** `migrated`: a copy of one that was brought up to date before. The migrations took most of a short test's time. */
export type CreatePlace = (state?: 'empty' | 'migrated') => Promise<DatabasePlace>

/**
 * A database for the running test. `connect` gives further connections to it; `remove` is for a test that uses many
 * databases, one after another, and happens by itself when the test ends.
 */
export async function databaseForTest(createPlace: CreatePlace) {
  const place = await createPlace('migrated')
  const opened: Database[] = []
  let removed: Promise<void> | undefined
  const removeAll = async () => {
    for (const database of opened) await database.close()
    await place.remove()
  }
  const remove = () => (removed ??= removeAll())
  onTestFinished(remove)
  const connect = async () => {
    const database = await place.connect()
    opened.push(database)
    return database
  }
  return { database: await connect(), connect, remove }
}

export const createSqlitePlace: CreatePlace = async (state = 'empty') => {
  const directory = await temporaryDirectory()
  const path = join(directory.path, 'fluxport.sqlite')
  if (state === 'migrated') {
    migratedFile ??= readMigratedFile()
    await writeFile(path, await migratedFile)
  }
  return { connect: (prepare) => openSqlite(path, prepare), remove: directory.remove }
}

/** Bytes of an up-to-date database without rows, once for all tests of this process. */
let migratedFile: Promise<Buffer> | undefined

async function readMigratedFile(): Promise<Buffer> {
  const directory = await temporaryDirectory()
  const path = join(directory.path, 'fluxport.sqlite')
  await (await openSqlite(path)).close()
  const bytes = await readFile(path)
  await directory.remove()
  return bytes
}

export async function createPostgresPlace(server: TestPostgres, state?: 'empty' | 'migrated'): Promise<DatabasePlace> {
  const { url, drop } = await (state === 'migrated' ? server.copyDatabase(migrateByUrl) : server.createDatabase())
  return { connect: (prepare) => openPostgres(url, prepare), remove: drop }
}

const migrateByUrl = async (url: string) => (await openPostgres(url)).close()

/** Records a batch as delivered; what is not told is as in an ordinary file. */
export function batchForTest(database: Database, batch: Partial<NewBatch> = {}): Promise<number> {
  return createBatch(database, {
    accountId: 'account-1',
    loadedBy: 'key-1',
    name: 'access.log',
    source: 'edge',
    rejectedPercentMax: 100,
    format: 'auto',
    defaultDomain: null,
    serviceArea: 'mainland_china',
    logZone: 'UTC',
    countAlso: [],
    allowedDomains: null,
    mayDeliver: 'any',
    force: false,
    overlap: 'refuse',
    delivery: 'file',
    idempotencyKey: null,
    pushedSha256: null,
    owner: 'this-process',
    content: { path: '/nowhere/access.log', compression: 'none' },
    contentIsSpooled: false,
    ...batch,
  })
}

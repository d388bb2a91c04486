import { randomUUID } from 'node:crypto'
import { access, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { hasSecrets } from '../accounts/reseal.ts'
import { loadMasterKey, openSecretBox, parseMasterKey, type SecretBox } from '../auth/secret-box.ts'
import type { Config } from '../config/config.ts'
import { ConfigError } from '../errors.ts'
import type { LogFormat } from '../ingest/formats/line/log-format.ts'
import { allFormats } from '../ingest/formats/own/user-formats.ts'
import type { Logger } from '../logger.ts'
import type { Artifacts } from '../ports/artifacts/artifacts.ts'
import type { Database } from '../ports/database/database.ts'
import { isBeingRestored } from '../ports/database/restore-mark.ts'
import type { Queries } from '../ports/database/schema.ts'
import { openSqlite } from '../ports/database/sqlite.ts'
import type { ClickHouseAddress } from '../ports/warehouse/address.ts'
import { openClickHouse } from '../ports/warehouse/clickhouse.ts'
import { dropDictionariesWithPasswords } from '../ports/warehouse/dictionary-sql.ts'
import { lockDirectory } from '../ports/warehouse/engine/directory-lock.ts'
import type { EngineAccess } from '../ports/warehouse/engine/engine-access.ts'
import { dictionaryCollection } from '../ports/warehouse/engine/engine-config.ts'
import { type EngineHost, startEngineHost } from '../ports/warehouse/engine/engine-host.ts'
import { withWholeParts } from '../ports/warehouse/engine/whole-parts.ts'
import { migrateWarehouse } from '../ports/warehouse/migrate.ts'
import { severalServersBehind } from '../ports/warehouse/one-server.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { createReaders, type Readers } from '../readers/readers.ts'
import { assertOwned, closeToOthers } from './data-modes.ts'
import { makeDirectory } from './make-directory.ts'
import { assertMasterKeyOpens, settleMasterKey } from './master-key-file.ts'
import { openArtifacts } from './open-artifacts.ts'

/** The parts behind the ports, opened as configured, and a function to close them. */
export type Parts = {
  database: Database
  warehouse: Warehouse
  artifacts: Artifacts
  /** URL of the embedded engine; null: the engine is a server by URL. */
  engineUrl: string | null
  /** True if the kernel confines the embedded engine to its own files; null: a server by URL. */
  isEngineConfined: boolean | null
  /** Number of restarts of the embedded engine; null: the engine is another's. */
  engineRestarts: (() => number) | null
  box: SecretBox
  /** This data directory's id among others that share a database. */
  owner: string
  spoolDirectory: string
  /** Every log format, the configuration's first. */
  formats: readonly LogFormat[]
  /** Processes that decode and parse bytes from outside. */
  readers: Readers
  close(): Promise<void>
}

/**
 * Opens all parts; if a later one fails, those opened before are closed.
 * @param logDirectories the embedded engine opens files in them by path; of others it is sent the bytes
 * @throws Error with a sentence for people
 */
export async function openParts(config: Config, log: Logger, logDirectories: readonly string[] = []): Promise<Parts> {
  const closers: (() => unknown)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  const formats = await allFormats(config.formatsPath)
  try {
    await makeDirectory(config.dataDir, 'data-dir')
    await assertOwned(config.dataDir, 'data-dir')
    // Locks before any mode is changed, so that another server's directory is left alone.
    const lock = lockDirectory(config.dataDir)
    closers.push(() => lock.release())
    await prepareDirectories(config, log)
    const spoolDirectory = join(config.dataDir, 'spool')
    await mkdir(spoolDirectory, { recursive: true, mode: 0o700 })
    // Before the engine, which takes seconds: a bucket that cannot be used is said at once.
    const artifacts = await openArtifacts(config)
    closers.push(artifacts.close)
    const database = await openDatabase(config)
    closers.push(() => database.close())
    const box = await boxOf(config, database)
    const engine = await openEngine(config, log, logDirectories)
    closers.push(engine.stop)
    const warehouse = openWarehouse(engine, log)
    closers.push(() => warehouse.close())
    await migrateWarehouse(warehouse)
    if (engine.host) await dropDictionariesWithPasswords(warehouse)
    const engineUrl = config.clickhouseUrl === null ? engine.address.url : null
    const isEngineConfined = engine.host ? engine.host.readableDirectories !== null : null
    const engineRestarts = engine.host?.restarts ?? null
    const opened = { database, warehouse, artifacts, engineUrl, isEngineConfined, engineRestarts, box }
    const owner = await ownerOf(config.dataDir)
    const readers = createReaders(config.readLimits)
    closers.push(() => readers.stop())
    return { ...opened, owner, spoolDirectory, formats, readers, close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Makes the directories for all data, and restricts them to Fluxport's user, whatever their modes were.
 * @throws ConfigError when one belongs to another user
 */
export async function prepareDirectories(config: Config, log: Logger): Promise<void> {
  await makeDirectory(config.dataDir, 'data-dir')
  await closeToOthers(config.dataDir, 'data-dir', log)
  if (config.artifactsBucket !== null) return
  await makeDirectory(config.artifactsDir, 'artifacts-dir')
  await closeToOthers(config.artifactsDir, 'artifacts-dir', log)
}

/** @throws ConfigError naming the option */
async function masterKeyOf(config: Config): Promise<Buffer> {
  if (config.masterKey === null) return loadMasterKey(join(config.dataDir, 'master.key'))
  try {
    return parseMasterKey(config.masterKey)
  } catch (error) {
    throw new ConfigError(
      `--master-key (FLUXPORT_MASTER_KEY): ${error instanceof Error ? error.message : 'it is wrong'}`,
    )
  }
}

/**
 * The secret box of the database. A key is made only where nothing is sealed yet; elsewhere a new one would open
 * nothing.
 */
async function boxOf(config: Config, database: Database): Promise<SecretBox> {
  await settleMasterKey(config, database)
  const isSealed = await hasSecrets(database.queries)
  const box = openSecretBox(isSealed ? await existingMasterKeyOf(config) : await masterKeyOf(config))
  await assertMasterKeyOpens(database, box)
  return box
}

/** As `masterKeyOf`, without making a key. @throws ConfigError when there is none */
export async function existingMasterKeyOf(config: Config): Promise<Buffer> {
  const path = join(config.dataDir, 'master.key')
  const isThere =
    config.masterKey !== null ||
    (await access(path).then(
      () => true,
      () => false,
    ))
  if (isThere) return await masterKeyOf(config)
  throw new ConfigError(
    `--master-key (FLUXPORT_MASTER_KEY): it is not set, and there is no ${path}. Secrets in the database are sealed under ` +
      'a key that is there already: set that of the servers',
  )
}

/**
 * Opens the database that the configuration names, and migrates it.
 * @throws Error when a restore into it was not finished: then the warehouse does not match the database
 */
export async function openDatabase(config: Config): Promise<Database> {
  const database = await openDatabaseAs(config)
  if (!(await isBeingRestored(database.queries))) return database
  await database.close()
  throw new Error('A restore to here was not finished: empty the data directory and the databases, and restore again')
}

/** @param prepare replaces the migration */
export async function openDatabaseAs(config: Config, prepare?: (queries: Queries) => Promise<void>): Promise<Database> {
  if (config.databaseUrl === null) return await openSqlite(join(config.dataDir, 'fluxport.sqlite'), prepare)
  const { openPostgres } = await import('../ports/database/postgres.ts') // its driver takes 0.1 s to be read
  return await openPostgres(config.databaseUrl, prepare)
}

const engineKeepFreeBytesMax = 512 * 1024 ** 2

/** The warehouse's address, and a function that stops the embedded engine. */
export async function openEngine(
  config: Config,
  log: Logger,
  logDirectories: readonly string[] = [],
): Promise<OpenedEngine> {
  const connectionsMax = connectionsOf(config)
  if (config.clickhouseUrl !== null) {
    const address = await oneServerOf(config.clickhouseUrl)
    return { address: { ...address, connectionsMax }, stop: () => undefined }
  }
  const host = await startEngineHost({
    directory: join(config.dataDir, 'engine'),
    memoryBytesMax: config.engineMemoryBytes,
    // Loading pauses before merges and mutations must, and a start can still migrate.
    keepFreeBytes: Math.min(engineKeepFreeBytesMax, Math.floor(config.diskReserveBytes / 2)),
    readableDirectories: [join(config.dataDir, 'spool'), ...logDirectories],
    log,
  })
  return { address: { ...embeddedAddress(host), connectionsMax }, stop: () => host.stop(), host }
}

/** The embedded engine's address as a ClickHouse server. */
export const embeddedAddress = (host: EngineAccess & Pick<EngineHost, 'url' | 'readableDirectories'>) => {
  const { url, user, password, headers, readableDirectories } = host
  const address = { url, user, password, headers, readableDirectories, database: 'default', readsLocalFiles: true }
  return { ...address, dictionaryCollection } satisfies ClickHouseAddress
}

/** Concurrent statements of a running export, of a load, and of everything else. */
const statementsOf = { task: 3, load: 2, others: 16 }

/** Connections for all concurrent statements: clients' queries never use those of loading and exports. */
const connectionsOf = ({ exportConcurrency, loadsAtOnceMax, queriesAtOnceMax }: Config): number =>
  statementsOf.task * (exportConcurrency + 1) +
  statementsOf.load * loadsAtOnceMax +
  queriesAtOnceMax +
  statementsOf.others

/** Opens the port; for the embedded engine with the check of whole parts. */
export function openWarehouse({ address, host }: OpenedEngine, log: Logger): Warehouse {
  const warehouse = openClickHouse(address)
  return host ? withWholeParts(warehouse, host, log) : warehouse
}

type OpenedEngine = { address: ClickHouseAddress; stop: () => unknown; host?: EngineHost }

/**
 * The address of a server by URL.
 * @throws ConfigError when it leads to several servers: statements would silently see the rows of one of them
 */
export async function oneServerOf(url: URL): Promise<ClickHouseAddress> {
  const address = addressOf(url)
  const reason = await severalServersBehind(address)
  if (reason === null) return address
  throw new ConfigError(
    `--clickhouse-url (FLUXPORT_CLICKHOUSE_URL): it leads to a cluster, or a balancer over several servers (${reason}). ` +
      'Fluxport needs one server, and its own address: on several, figures and backups would lack rows. See docs/guide/security-of-the-host.md',
  )
}

/** A ClickHouse server's address from its URL: user and password in it, the database as its path. */
export function addressOf(url: URL): ClickHouseAddress {
  return {
    url: url.origin,
    user: decodeURIComponent(url.username) || 'default',
    password: decodeURIComponent(url.password),
    database: decodeURIComponent(url.pathname.slice(1)) || 'default',
    readsLocalFiles: false,
  }
}

async function ownerOf(dataDir: string): Promise<string> {
  const path = join(dataDir, 'owner')
  try {
    return await readFile(path, 'utf8')
  } catch {
    const owner = randomUUID()
    // Written beside and renamed, because a cut id could be that of several directories.
    await writeFile(`${path}.new`, owner, { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
    return owner
  }
}

/**
 * The master key of the configuration or of its data directory; null without one.
 * @throws Error when its text is no key
 */
export async function keyAtHand(config: Config): Promise<SecretBox | null> {
  const names: string[] = await readdir(config.dataDir).catch(() => [])
  if (config.masterKey === null && !names.includes('master.key')) return null
  return openSecretBox(await masterKeyOf(config))
}

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
import { openArtifactDirectory } from '../ports/artifacts/directory.ts'
import type { Database } from '../ports/database/database.ts'
import { openPostgres } from '../ports/database/postgres.ts'
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
import { assertMasterKeyOpens, settleMasterKey } from './master-key-file.ts'

/** The parts behind the ports, opened as configured, and how to let go of them. */
export type Parts = {
  database: Database
  warehouse: Warehouse
  artifacts: Artifacts
  /** Where the embedded engine listens; null: it is another's. */
  engineUrl: string | null
  /** Whether the kernel keeps the embedded engine to its own files; null: it is another's. */
  isEngineConfined: boolean | null
  box: SecretBox
  /** This data directory's name among others that share a database. */
  owner: string
  spoolDirectory: string
  /** Every log format, the configuration's first. */
  formats: readonly LogFormat[]
  /** Processes that decode and parse what comes from outside. */
  readers: Readers
  close(): Promise<void>
}

/**
 * Opens everything; what was opened is closed again when a later part fails.
 * @param logDirectories whose files the embedded engine opens by their paths; of others it is sent the bytes
 * @throws Error with a sentence for people
 */
export async function openParts(config: Config, log: Logger, logDirectories: readonly string[] = []): Promise<Parts> {
  const closers: (() => unknown)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  const formats = await allFormats(config.formatsPath)
  try {
    await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
    await assertOwned(config.dataDir, 'data-dir')
    // Before a mode is changed: another server's directory is left alone.
    const lock = lockDirectory(config.dataDir)
    closers.push(() => lock.release())
    await prepareDirectories(config, log)
    const spoolDirectory = join(config.dataDir, 'spool')
    await mkdir(spoolDirectory, { recursive: true, mode: 0o700 })
    const database = await openDatabase(config)
    closers.push(() => database.close())
    const box = await boxOf(config, database)
    const engine = await openEngine(config, log, logDirectories)
    closers.push(engine.stop)
    const warehouse = openWarehouse(engine, log)
    closers.push(() => warehouse.close())
    await migrateWarehouse(warehouse)
    if (engine.host) await dropDictionariesWithPasswords(warehouse)
    const artifacts = await openArtifactDirectory(config.artifactsDir)
    const engineUrl = config.clickhouseUrl === null ? engine.address.url : null
    const isEngineConfined = engine.host ? engine.host.readableDirectories !== null : null
    const opened = { database, warehouse, artifacts, engineUrl, isEngineConfined, box }
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
 * The directories that everything is made in, for our user alone, whatever they were before.
 * @throws ConfigError when one is another user's
 */
export async function prepareDirectories(config: Config, log: Logger): Promise<void> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o700 })
  await closeToOthers(config.dataDir, 'data-dir', log)
  await mkdir(config.artifactsDir, { recursive: true, mode: 0o700 })
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

/** The key to the database's secrets. One is made where nothing is sealed yet, and nowhere else: it would open nothing. */
async function boxOf(config: Config, database: Database): Promise<SecretBox> {
  await settleMasterKey(config, database)
  const isSealed = await hasSecrets(database.queries)
  const box = openSecretBox(isSealed ? await existingMasterKeyOf(config) : await masterKeyOf(config))
  await assertMasterKeyOpens(database, box)
  return box
}

/** The same without making one. @throws ConfigError when there is none */
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
 * The database that the configuration names, up to date.
 * @throws Error when a restore into it was not finished: what is in the warehouse is not what it says
 */
export async function openDatabase(config: Config): Promise<Database> {
  const database = await openDatabaseAs(config)
  if (!(await isBeingRestored(database.queries))) return database
  await database.close()
  throw new Error('A restore to here was not finished: empty the data directory and the databases, and restore again')
}

/** @param prepare instead of bringing it up to date */
export const openDatabaseAs = (config: Config, prepare?: (queries: Queries) => Promise<void>): Promise<Database> =>
  config.databaseUrl === null
    ? openSqlite(join(config.dataDir, 'fluxport.sqlite'), prepare)
    : openPostgres(config.databaseUrl, prepare)

const engineKeepFreeBytesMax = 512 * 1024 ** 2

/** The warehouse's address, and how to let go of the engine when it is our own. */
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
    // Loading has paused before merges and mutations have to, and a start can still migrate.
    keepFreeBytes: Math.min(engineKeepFreeBytesMax, Math.floor(config.diskReserveBytes / 2)),
    readableDirectories: [join(config.dataDir, 'spool'), ...logDirectories],
    log,
  })
  return { address: { ...embeddedAddress(host), connectionsMax }, stop: () => host.stop(), host }
}

/** The embedded engine, as a ClickHouse server. */
export const embeddedAddress = (host: EngineAccess & Pick<EngineHost, 'url' | 'readableDirectories'>) => {
  const { url, user, password, headers, readableDirectories } = host
  const address = { url, user, password, headers, readableDirectories, database: 'default', readsLocalFiles: true }
  return { ...address, dictionaryCollection } satisfies ClickHouseAddress
}

/** Of each export that is worked on, and of each load; beside them those of whatever else goes on. */
const statementsOf = { task: 3, load: 2, others: 16 }

/** Connections for all that may go on at once: what clients ask for never takes those of loading and exports. */
const connectionsOf = ({ exportConcurrency, loadsAtOnceMax, queriesAtOnceMax }: Config): number =>
  statementsOf.task * (exportConcurrency + 1) +
  statementsOf.load * loadsAtOnceMax +
  queriesAtOnceMax +
  statementsOf.others

/** The port; of our own engine, with an eye on its disk. */
export function openWarehouse({ address, host }: OpenedEngine, log: Logger): Warehouse {
  const warehouse = openClickHouse(address)
  return host ? withWholeParts(warehouse, host, log) : warehouse
}

type OpenedEngine = { address: ClickHouseAddress; stop: () => unknown; host?: EngineHost }

/**
 * The address of a server by URL.
 * @throws ConfigError when there are several behind it: some statements see the rows of one alone, and would not say so
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

/** A ClickHouse server from its URL: user and password in it, the database as its path. */
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
    // Beside and renamed: half a name would be every such directory's.
    await writeFile(`${path}.new`, owner, { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
    return owner
  }
}

/** The master key of the configuration or of its data directory; null without one. @throws Error when it is none */
export async function keyAtHand(config: Config): Promise<SecretBox | null> {
  const names: string[] = await readdir(config.dataDir).catch(() => [])
  if (config.masterKey === null && !names.includes('master.key')) return null
  return openSecretBox(await masterKeyOf(config))
}

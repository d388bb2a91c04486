import { join } from 'node:path'
import { openSecretBox } from '../auth/secret-box.ts'
import type { Config } from '../config/config.ts'
import { createLogger } from '../logger.ts'
import type { Database } from '../ports/database/database.ts'
import { isBeingRestored } from '../ports/database/restore-mark.ts'
import { hasDatabase, isThere, withDatabase } from './doctor-database.ts'
import type { Finding } from './finding.ts'

/**
 * Opens each part without a server, and closes it again. It creates nothing: a mistyped or forgotten setting leads to a
 * missing directory, key or schema, and a created one would later be taken for the real one.
 */
export async function partFindings(config: Config): Promise<Finding[]> {
  const { lockDirectory } = await import('../ports/warehouse/engine/directory-lock.ts')
  const directory = await look('directory', async () => {
    if (await isThere(join(config.dataDir, 'lock.sqlite'))) lockDirectory(config.dataDir).release()
    return 'no other process uses it'
  })
  const stored = (await hasDatabase(config)) ? await databaseFindings(config) : [nothingThere(config)]
  const server: Finding = {
    topic: 'server',
    state: 'ok',
    text: 'not running on this directory: fluxport serve starts it',
  }
  return [directory, ...stored, await look('engine', () => engineOf(config)), clock(), server]
}

const nothingThere = ({ dataDir }: Config): Finding => ({
  topic: 'database',
  state: 'bad',
  text:
    `there is nothing of a server in ${dataDir}: name its directory with --data-dir (FLUXPORT_DATA_DIR), its database with ` +
    '--database-url; a new set-up is made by fluxport serve',
})

/** Checks the database, and whether the master key opens its sealed secrets. */
async function databaseFindings(config: Config): Promise<Finding[]> {
  const key = await look('master key', () => withDatabase(config, (database) => keyOf(config, database)))
  const database = await look('database', () =>
    withDatabase(config, async ({ kind, queries }) => {
      if (await isBeingRestored(queries))
        throw new Error('a restore to here was not finished: empty it, and restore again')
      return kind
    }),
  )
  return [key, database]
}

async function keyOf(config: Config, database: Database): Promise<string> {
  const { existingMasterKeyOf } = await import('../parts/open-parts.ts')
  const { assertMasterKeyOpens } = await import('../parts/master-key-file.ts')
  const box = openSecretBox(await existingMasterKeyOf(config))
  await assertMasterKeyOpens(database, box)
  const where = config.masterKey === null ? 'master.key in the data directory' : 'from the configuration'
  return `${where}, opens the database’s secrets`
}

async function engineOf(config: Config): Promise<string> {
  const { openEngine } = await import('../parts/open-parts.ts')
  const { openClickHouse } = await import('../ports/warehouse/clickhouse.ts')
  if (config.clickhouseUrl === null && !(await isThere(join(config.dataDir, 'engine'))))
    throw new Error(`there is no engine in ${config.dataDir}: is --clickhouse-url (FLUXPORT_CLICKHOUSE_URL) missing?`)
  const { address, stop } = await openEngine(config, createLogger('silent'))
  const warehouse = openClickHouse(address)
  try {
    const [row] = await warehouse.rows<{ version: string }>('SELECT version() AS version')
    return `ClickHouse ${row?.version}`
  } finally {
    await warehouse.close()
    await stop()
  }
}

/** Runs a check; its error becomes a finding. */
export async function look(topic: string, at: () => Promise<string>): Promise<Finding> {
  try {
    return { topic, state: 'ok', text: await at() }
  } catch (error) {
    return { topic, state: 'bad', text: error instanceof Error ? error.message : String(error) }
  }
}

function clock(): Finding {
  const now = new Date()
  if (now.getUTCFullYear() >= 2025) return { topic: 'clock', state: 'ok', text: now.toISOString() }
  return { topic: 'clock', state: 'bad', text: `it says ${now.toISOString()}: set it, or every signature fails` }
}

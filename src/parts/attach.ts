import { join } from 'node:path'
import type { SecretBox } from '../auth/secret-box.ts'
import type { Config } from '../config/config.ts'
import type { Logger } from '../logger.ts'
import type { Artifacts } from '../ports/artifacts/artifacts.ts'
import type { Database } from '../ports/database/database.ts'
import type { ClickHouseAddress } from '../ports/warehouse/address.ts'
import { openClickHouse } from '../ports/warehouse/clickhouse.ts'
import { lockDirectory } from '../ports/warehouse/engine/directory-lock.ts'
import { readEngineAccess } from '../ports/warehouse/engine/engine-access.ts'
import { migrateWarehouse } from '../ports/warehouse/migrate.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import { readServerFile } from './data-files.ts'
import { assertMasterKeyOpens, settleMasterKey } from './master-key-file.ts'
import { openArtifacts } from './open-artifacts.ts'
import { embeddedAddress, keyAtHand, openDatabase, openEngine } from './open-parts.ts'

/** The parts for work beside a running server. */
type AttachedParts = {
  database: Database
  warehouse: Warehouse
  artifacts: Artifacts
  dataDir: string
  spoolDirectory: string
  /** Holds the master key; null: no key is at hand. */
  box: SecretBox | null
  close(): Promise<void>
}

/**
 * Opens an installation's parts, beside the server that runs on the data directory, or without one.
 * @throws Error with a sentence for people
 */
export async function attach(config: Config, log: Logger): Promise<AttachedParts> {
  const closers: (() => unknown)[] = []
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer()
  }
  try {
    const running = await runningEngine(config)
    if (running === null && config.clickhouseUrl === null) {
      const lock = lockDirectory(config.dataDir)
      closers.push(() => lock.release())
    }
    const database = await openDatabase(config)
    closers.push(() => database.close())
    if (!running) await settleMasterKey(config, database)
    const box = await keyAtHand(config)
    // With another key no secret opens, and neither would the backup.
    if (box) await assertMasterKeyOpens(database, box)
    const { address, stop } = running ? { address: running, stop: () => undefined } : await openEngine(config, log)
    closers.push(stop)
    const warehouse = openClickHouse(address)
    closers.push(() => warehouse.close())
    if (!running) await migrateWarehouse(warehouse)
    const artifacts = await openArtifacts(config)
    closers.push(artifacts.close)
    return {
      database,
      warehouse,
      artifacts,
      dataDir: config.dataDir,
      spoolDirectory: join(config.dataDir, 'spool'),
      box,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** The engine of the server that runs on the data directory; null without one. */
async function runningEngine(config: Config): Promise<ClickHouseAddress | null> {
  if (config.clickhouseUrl !== null) return null
  const server = await readServerFile(config.dataDir)
  if (server === null || server.engine_url === null || !isRunning(server.process_id)) return null
  const access = await readEngineAccess(join(config.dataDir, 'engine')).catch((cause) => {
    throw new Error('The server that runs on the data directory is of another version: use its program', { cause })
  })
  return embeddedAddress({ ...access, url: server.engine_url, readableDirectories: [] })
}

function isRunning(processId: number): boolean {
  try {
    process.kill(processId, 0)
    return true
  } catch {
    return false
  }
}

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { openSecretBox } from '../auth/secret-box.ts'
import type { Config } from '../config/config.ts'
import { recordSpanAccounts } from '../coverage/record-span-accounts.ts'
import { ConfigError } from '../errors.ts'
import { startClaimLoop } from '../exports/tasks/claim-loop.ts'
import type { Logger } from '../logger.ts'
import { openArtifacts } from '../parts/open-artifacts.ts'
import { existingMasterKeyOf, oneServerOf, openDatabase, prepareDirectories } from '../parts/open-parts.ts'
import { openClickHouse } from '../ports/warehouse/clickhouse.ts'
import { migrateWarehouse } from '../ports/warehouse/migrate.ts'
import { findClientKey } from '../privacy/client-key.ts'
import { claimOptions } from './loop-options.ts'
import { listenForMetrics } from './metrics-listener.ts'
import { createWorkerMetrics } from './worker-metrics.ts'

/**
 * A process that works on export tasks and answers no requests but those for its metrics. The embedded engine and database belong to one process,
 * so it needs both by URL, and the directory or the bucket of the files in common with the server.
 * @throws ConfigError when it has not, or the address of its metrics cannot be listened on
 */
export async function startWorker(config: Config, log: Logger): Promise<{ stop(): Promise<void> }> {
  const { clickhouseUrl, databaseUrl } = config
  if (clickhouseUrl === null || databaseUrl === null) {
    throw new ConfigError(
      'A worker needs --clickhouse-url (FLUXPORT_CLICKHOUSE_URL) and --database-url (FLUXPORT_DATABASE_URL): ' +
        'the embedded engine and database belong to the one process of fluxport serve, which works on tasks itself.',
    )
  }
  const address = await oneServerOf(clickhouseUrl)
  await prepareDirectories(config, log)
  const artifacts = await openArtifacts(config)
  const database = await openDatabase(config)
  const clientKey = () => findClientKey(database, async () => openSecretBox(await existingMasterKeyOf(config)))
  await clientKey().catch(async (error) => {
    await database.close() // rather now than when a task needs it
    throw error
  })
  const warehouse = openClickHouse(address)
  const closeParts = async () => {
    await warehouse.close()
    await database.close()
    artifacts.close()
  }
  await migrateWarehouse(warehouse)
  await recordSpanAccounts({ database, warehouse })
  const metrics = createWorkerMetrics(artifacts)
  const listener = await listenForMetrics(config, { '/metrics': metrics }, log).catch(async (error) => {
    await closeParts()
    throw error
  })
  const owner = `${hostname()}-${randomUUID()}`
  const loop = await startClaimLoop({
    database,
    warehouse,
    artifacts,
    clientKey,
    stages: metrics.stages,
    owner,
    ...claimOptions(config),
    log,
  })
  log.info({ owner }, 'worker.started')
  return {
    stop: async () => {
      listener?.stop()
      await loop.stop()
      await closeParts()
    },
  }
}

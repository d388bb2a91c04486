import { tmpdir } from 'node:os'
import { embeddedAddress } from '../../src/parts/open-parts.ts'
import { openClickHouse } from '../../src/ports/warehouse/clickhouse.ts'
import { type EngineHost, startEngineHost } from '../../src/ports/warehouse/engine/engine-host.ts'
import { migrateWarehouse } from '../../src/ports/warehouse/migrate.ts'
import type { Warehouse } from '../../src/ports/warehouse/warehouse.ts'
import { silentLog, temporaryDirectory } from './directory.ts'
import { startEngineFront } from './engine-front.ts'

/** A real engine on an empty directory, with the schema, for one test file. */
export async function startTestEngine(): Promise<{
  host: EngineHost
  warehouse: Warehouse
  directory: string
  /** What `--clickhouse-url` takes, as if it were a server of its own. */
  urlOf(database: string): string
  stop(): Promise<void>
}> {
  const directory = await temporaryDirectory()
  const host = await startEngineHost({
    directory: directory.path,
    memoryBytesMax: 4 * 1024 ** 3,
    readableDirectories: [tmpdir()], // where tests write what is loaded
    log: silentLog,
  })
  const warehouse = openClickHouse(embeddedAddress(host))
  await migrateWarehouse(warehouse)
  const front = await startEngineFront(host)
  return {
    host,
    warehouse,
    directory: directory.path,
    urlOf: front.url,
    stop: async () => {
      await warehouse.close()
      await front.stop()
      await host.stop()
      await directory.remove()
    },
  }
}

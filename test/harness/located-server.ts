import { join } from 'node:path'
import { loadGeoVersion } from '../../src/geo/geo-versions.ts'
import type { Database } from '../../src/ports/database/database.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import type { Warehouse } from '../../src/ports/warehouse/warehouse.ts'
import { temporaryDirectory } from './directory.ts'
import { writeGeoData } from './geo-data.ts'
import { startTestServer, type TestServer } from './server.ts'

/**
 * Puts geographic data of a test's own into a server's warehouse, which the server keeps: those that come with the program
 * take seconds to be read.
 */
export async function putGeoData(
  { dataDir, warehouse }: { dataDir: string; warehouse: Warehouse },
  networks: Record<string, string>,
): Promise<void> {
  const { data, remove } = await writeGeoData(networks)
  const database = await openSqlite(join(dataDir, 'fluxport.sqlite'))
  await loadGeoVersion({ database, warehouse }, data, new AbortController().signal)
  await Promise.all([database.close(), remove()])
}

/** A server that locates clients in a few networks, and its database. */
export type LocatedServer = { server: TestServer; database: Database; stop(): Promise<void> }

/** @param before what is done while nothing is looked up yet */
export async function startLocatedServer(
  networks: Record<string, string>,
  before: (server: TestServer) => Promise<void> = async () => undefined,
): Promise<LocatedServer> {
  const directory = await temporaryDirectory()
  const dataDir = join(directory.path, 'data')
  const first = await startTestServer({ dataDir })
  await before(first)
  await putGeoData(first, networks)
  await first.stop()
  const server = await startTestServer({ dataDir, geo: 'on' })
  const database = await openSqlite(join(dataDir, 'fluxport.sqlite'))
  return {
    server,
    database,
    stop: async () => {
      await database.close()
      await server.stop()
      await directory.remove()
    },
  }
}

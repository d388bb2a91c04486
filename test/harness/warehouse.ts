import { randomBytes } from 'node:crypto'
import { addressOf, embeddedAddress } from '../../src/parts/open-parts.ts'
import type { ClickHouseAddress } from '../../src/ports/warehouse/address.ts'
import { openClickHouse } from '../../src/ports/warehouse/clickhouse.ts'
import type { Warehouse } from '../../src/ports/warehouse/warehouse.ts'
import { startTestEngine } from './engine.ts'

/** A server for one test file. */
export type WarehouseServer = {
  /** The port, on an empty database of its own. */
  open(): Promise<Warehouse>
  /** The port, at an address where nothing listens. */
  unreachable: Warehouse
  /** Removes what `open` has made. */
  stop(): Promise<void>
}

/** The engine host, which is handed paths. */
export async function startLocalServer(): Promise<WarehouseServer> {
  const engine = await startTestEngine()
  return serverAt(embeddedAddress(engine.host), engine.stop)
}

/** The same kind of server by URL, as any ClickHouse is configured: it is sent the bytes. */
export async function startServerByUrl(): Promise<WarehouseServer> {
  const engine = await startTestEngine()
  return serverAt(addressOf(new URL(engine.urlOf('default'))), engine.stop)
}

/** A server that is there: its user may create databases. */
export const connectToServer = async (url: string): Promise<WarehouseServer> =>
  serverAt(addressOf(new URL(url)), async () => undefined)

function serverAt(address: ClickHouseAddress, stopServer: () => Promise<void>): WarehouseServer {
  const main = openClickHouse(address)
  const opened: { database: string; warehouse: Warehouse }[] = []
  return {
    open: async () => {
      const database = `fluxport_test_${randomBytes(8).toString('hex')}`
      await main.command(`CREATE DATABASE ${database}`)
      const warehouse = openClickHouse({ ...address, database })
      opened.push({ database, warehouse })
      return warehouse
    },
    unreachable: openClickHouse({ ...address, url: 'http://127.0.0.1:1' }),
    stop: async () => {
      for (const { database, warehouse } of opened) {
        await warehouse.close()
        await main.command(`DROP DATABASE ${database}`)
      }
      await main.close()
      await stopServer()
    },
  }
}

/** What a statement that a test runs is called; each has a name of its own. */
export const testRun = (signal = new AbortController().signal, settings: Record<string, string | number> = {}) => ({
  queryId: `fluxport-test-${randomBytes(8).toString('hex')}`,
  signal,
  settings,
})

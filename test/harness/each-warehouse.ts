import { afterAll, beforeAll, describe } from 'vitest'
import { connectToServer, startLocalServer, startServerByUrl, type WarehouseServer } from './warehouse.ts'

const givenUrl = process.env['FLUXPORT_TEST_CLICKHOUSE_URL']
const given = givenUrl
  ? [['The server of FLUXPORT_TEST_CLICKHOUSE_URL', 'by URL', () => connectToServer(givenUrl)] as const]
  : []

/** Declares tests for the engine host and for servers by URL, each started once for all of them. */
export function onEachWarehouse(tests: (server: () => WarehouseServer, kind: 'embedded' | 'by URL') => void): void {
  for (const [name, kind, start] of [
    ['The engine host', 'embedded', startLocalServer],
    ['A server by URL', 'by URL', startServerByUrl],
    ...given,
  ] as const) {
    describe(name, () => {
      let server: WarehouseServer
      beforeAll(async () => {
        server = await start()
      })
      afterAll(() => server.stop())
      tests(() => server, kind)
    })
  }
}

import { afterAll, beforeAll, describe } from 'vitest'
import { startLocalServer, startServerByUrl, type WarehouseServer } from './warehouse.ts'

/** Declares tests for the engine host and for a server by URL, each started once for all of them. */
export function onEachWarehouse(tests: (server: () => WarehouseServer, kind: 'embedded' | 'by URL') => void): void {
  for (const [name, kind, start] of [
    ['The engine host', 'embedded', startLocalServer],
    ['A server by URL', 'by URL', startServerByUrl],
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

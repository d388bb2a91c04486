import { afterAll, beforeAll, describe } from 'vitest'
import { startLocalServer, startServerByUrl, type WarehouseServer } from '../../test/harness/warehouse.ts'
import { privacyContract } from './privacy.contract.ts'

for (const [name, start] of [
  ['The engine host', startLocalServer],
  ['A server by URL', startServerByUrl],
] as const) {
  describe(name, () => {
    let server: WarehouseServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server.stop())
    privacyContract(() => server)
  })
}

import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { onEachWarehouse } from '../../../test/harness/each-warehouse.ts'
import { startTestEngine } from '../../../test/harness/engine.ts'
import { testRun } from '../../../test/harness/warehouse.ts'
import { openClickHouse } from './clickhouse.ts'
import { warehouseContract } from './warehouse.contract.ts'
import { type Warehouse, WarehouseUnavailable } from './warehouse.ts'

onEachWarehouse((server) => {
  describe('as a Warehouse', () => warehouseContract(server))
})

describe('a warehouse whose server dies', () => {
  let engine: Awaited<ReturnType<typeof startTestEngine>>
  let warehouse: Warehouse
  beforeAll(async () => {
    engine = await startTestEngine()
    warehouse = engine.warehouse
  })
  afterAll(() => engine.stop())
  const killServer = () => process.kill(engine.host.processId(), 'SIGKILL')

  it('is not ready until the server is back', async () => {
    expect(await warehouse.ready()).toBe(true)
    killServer()
    await expect.poll(() => warehouse.ready(), { interval: 5 }).toBe(false)
    await expect.poll(() => warehouse.ready(), { timeout: 20_000 }).toBe(true)
  })

  it('breaks a stream off with an error: it never ends short', async () => {
    const sql = `SELECT number, repeat('x', 1000) FROM numbers(200000) FORMAT CSV`
    const { stream } = await warehouse.bytes(sql, {}, testRun())
    await once(stream, 'readable')
    killServer()
    const readAll = async () => {
      for await (const _ of stream);
    }
    await expect(readAll()).rejects.toThrow()
    await expect.poll(() => warehouse.ready(), { timeout: 20_000 }).toBe(true)
  })

  it('is unavailable, not refused, to who waits for a statement', async () => {
    const running = warehouse.bytes('SELECT sleep(3) FORMAT CSV', {}, testRun())
    const failed = expect(running).rejects.toBeInstanceOf(WarehouseUnavailable)
    setTimeout(killServer, 300)
    await failed
    await expect.poll(() => warehouse.ready(), { timeout: 20_000 }).toBe(true)
  })
})

describe('a warehouse whose server does not answer', () => {
  it('is not ready after two seconds', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const address = { url: `http://127.0.0.1:${port}`, user: 'u', password: '', database: 'd', readsLocalFiles: false }
    const warehouse = openClickHouse(address)
    onTestFinished(() => warehouse.close())
    const startMs = Date.now()
    expect(await warehouse.ready()).toBe(false)
    expect(Date.now() - startMs).toBeLessThan(4_000)
  })
})

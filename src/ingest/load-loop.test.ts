import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, openQueue, type Queue } from '../../test/harness/load-queue.ts'
import { startLocalServer, type WarehouseServer } from '../../test/harness/warehouse.ts'
import { type Warehouse, WarehouseUnavailable } from '../warehouse/warehouse.ts'
import { spooledPaths } from './batch-store.ts'

let server: WarehouseServer
beforeAll(async () => {
  server = await startLocalServer()
})
afterAll(() => server.stop())

const spooled = { contentIsSpooled: true }

/** A warehouse whose inserts of logs fail while `problem` answers one. */
const failing = (test: Queue, problem: () => Error | null, more: Partial<Warehouse> = {}): Warehouse => ({
  ...test.warehouse,
  ...more,
  insertLines: async (...given) => {
    const error = problem()
    if (error) throw error
    return await test.warehouse.insertLines(...given)
  },
})

describe('a log that was acknowledged', () => {
  it('is tried again when its load fails for a reason of ours', async () => {
    const test = await openQueue(server)
    const id = await test.queue('a.log', linesOf('a', 10), spooled)
    let failures = 0
    await test.loadAll(failing(test, () => (++failures <= 3 ? new Error('some defect') : null)))
    expect(await test.batch(id)).toMatchObject({ state: 'loaded', requests: 10, attempts: 4 })
    expect(existsSync((await test.batch(id)).content_path)).toBe(false)
  })

  it('keeps its bytes when that does not help, and holds no other up', async () => {
    const test = await openQueue(server)
    const id = await test.queue('a.log', linesOf('a', 10), spooled)
    const wrong = await test.queue('b.log', 'what is this\n', spooled)
    const other = await test.queue('c.log', linesOf('c', 10), spooled)
    let failures = 0
    await test.loadAll(failing(test, () => (++failures <= 6 ? new Error('some defect') : null)))
    const failed = await test.batch(id)
    expect(failed).toMatchObject({ state: 'failed', error_code: 'FLUXPORT.0001', attempts: 8 })
    expect(existsSync(failed.content_path)).toBe(true)
    expect(await spooledPaths(test.database, failed.owner)).toEqual(new Set([failed.content_path]))
    expect(await test.batch(wrong)).toMatchObject({ state: 'failed', error_code: 'FLUXPORT.0103' })
    expect(existsSync((await test.batch(wrong)).content_path)).toBe(false)
    expect(await test.batch(other)).toMatchObject({ state: 'loaded', requests: 10 })
  })

  it('waits for the engine for as long as it is away: that is no attempt', async () => {
    const test = await openQueue(server)
    const id = await test.queue('a.log', linesOf('a', 10), spooled)
    let looks = 0
    const ready = async () => ++looks >= 5
    const problem = () => (looks < 5 ? new WarehouseUnavailable(new Error('gone')) : null)
    await test.loadAll(failing(test, problem, { ready }))
    expect(await test.batch(id)).toMatchObject({ state: 'loaded', requests: 10, attempts: 2 })
  })
})

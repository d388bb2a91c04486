import { existsSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, openQueue, type Queue } from '../../../test/harness/load-queue.ts'
import { startLocalServer, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import { AppError } from '../../errors.ts'
import { finishBatch, spooledPaths } from '../../ledger/batch-outcome.ts'
import { forgetBatch } from '../../ledger/loads.ts'
import type { Database } from '../../ports/database/database.ts'
import { type Warehouse, WarehouseUnavailable } from '../../ports/warehouse/warehouse.ts'
import { loadBatch } from './load-batch.ts'

let server: WarehouseServer
beforeAll(async () => {
  server = await startLocalServer()
})
afterAll(() => server.stop())

const spooled = { contentIsSpooled: true }

/** A warehouse whose inserts of logs fail while `problem` returns an error. */
const failing = (test: Queue, problem: () => Error | null, more: Partial<Warehouse> = {}) => ({
  warehouse: {
    ...test.warehouse,
    ...more,
    insertLines: async (...given) => {
      const error = problem()
      if (error) throw error
      return await test.warehouse.insertLines(...given)
    },
  } satisfies Warehouse,
})

/** A database with an event around each transaction. */
const around = (test: Queue, happens: (transaction: () => Promise<unknown>) => Promise<unknown>) => ({
  database: {
    ...test.database,
    write: ((work) => happens(() => test.database.write(work))) as Database['write'],
  },
})

const countingLoads = ({ database }: Queue) =>
  database.queries.selectFrom('load').select('load_id').where('state', '=', 'visible').execute()

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

  it('is not kept of a source, which has it still, though the process was killed before it could remove it', async () => {
    const test = await openQueue(server)
    const id = await test.queue('a.log', linesOf('a', 10), { ...spooled, loadedBy: 'source:bucket' })
    await finishBatch(test.database, id, { state: 'failed', error_code: 'FLUXPORT.0001' })
    expect(await spooledPaths(test.database, (await test.batch(id)).owner)).toEqual(new Set())
  })

  it('is tried again when a part of ours is not ready', async () => {
    const test = await openQueue(server)
    const id = await test.queue('a.log', linesOf('a', 10), spooled)
    let calls = 0
    const version = async () => {
      if (++calls <= 2) throw new AppError('FLUXPORT.0002', 'the geographic data cannot be had')
      return null
    }
    await test.loadAll({ geo: { version } })
    expect(await test.batch(id)).toMatchObject({ state: 'loaded', requests: 10 })
  })

  it('is kept when there is no room for the copy that it needs', async () => {
    const test = await openQueue(server)
    await test.queue('a.log', linesOf('a', 10))
    await test.loadAll()
    const id = await test.queue('longer.log', linesOf('a', 10) + linesOf('b', 10), spooled)
    const room = {
      freeBytes: 100,
      totalBytes: 200,
      spareBytes: 100,
      spoolBytes: 0,
      spoolFiles: 0,
      loadingPaused: null,
      receivingPaused: null,
    }
    await test.loadAll({ diskRoom: { look: async () => room } })
    const refused = await test.batch(id)
    expect(refused).toMatchObject({ state: 'failed', error_code: 'FLUXPORT.0105' })
    expect(existsSync(refused.content_path)).toBe(true)
  })

  it.each([1, 2])('counts once when the answer to the commit is lost, %i together', async (together) => {
    const test = await openQueue(server)
    const ids: number[] = []
    for (let n = 1; n <= together; n++) ids.push(await test.queue(`${n}.log`, linesOf(`f${n}`, 10), spooled))
    let losses = 0
    const losing = around(test, async (transaction) => {
      const before = (await countingLoads(test)).length
      const done = await transaction()
      if ((await countingLoads(test)).length > before && losses++ === 0) throw new Error('the connection was lost')
      return done
    })
    await test.loadAll(losing)
    expect(losses).toBe(1)
    for (const id of ids) expect(await test.batch(id)).toMatchObject({ state: 'loaded', requests: 10 })
    expect(await countingLoads(test)).toHaveLength(together)
  })

  it('counts though what it is a copy of is forgotten in the moment in which that is found', async () => {
    const test = await openQueue(server)
    const first = await test.queue('a.log', linesOf('a', 10))
    await test.loadAll()
    const copy = await test.queue('copy.log', linesOf('a', 10), spooled)
    let isForgotten = false
    const forgetting = around(test, async (transaction) => {
      if (!isForgotten) await forgetBatch(test.database, first)
      isForgotten = true
      return await transaction()
    })
    await loadBatch({ ...test.parts, ...forgetting }, await test.batch(copy), new AbortController().signal)
    expect(await test.batch(copy)).toMatchObject({ state: 'loaded', requests: 10 })
    expect(await countingLoads(test)).toHaveLength(1)
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

import { Readable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, openQueue, type Queue } from '../../../test/harness/load-queue.ts'
import { startLocalServer, testRun, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import { purge } from '../../ledger/purge.ts'
import type { BatchRow } from '../../ports/database/schema.ts'

let server: WarehouseServer
beforeAll(async () => {
  server = await startLocalServer()
})
afterAll(() => server.stop())

/** Copies a batch that one queue has loaded into another's ledger and warehouse, as load 900. */
async function copyLoad(batch: BatchRow, from: Queue, to: Queue) {
  for (const table of ['request', 'usage']) {
    const rows = await from.warehouse.rows<object>(`SELECT * REPLACE(900 AS load_id) FROM ${table}`)
    const values = rows.map((row) => JSON.stringify(row)).join('\n')
    await to.warehouse.insertBytes(`INSERT INTO ${table} FORMAT JSONEachRow`, Readable.from([values]), testRun())
  }
  await to.database.queries
    .insertInto('batch')
    .values({ ...batch, id: 99 })
    .execute()
  const counts = { state: 'visible', visible_version: 0, forgotten_version: null, roll_up: 'done' } as const
  await to.database.queries
    .insertInto('load')
    .values({ load_id: 900, batch_id: 99, ...counts })
    .execute()
}

describe('beside others that are not recorded yet', () => {
  it('a log that is merged out of others of the group is refused; those load', async () => {
    const test = await openQueue(server)
    const parts = [await test.queue('1.log', linesOf('one', 20)), await test.queue('2.log', linesOf('two', 30))]
    const merged = linesOf('two', 30) + linesOf('three', 5) + linesOf('one', 20)
    const refused = await test.queue('merged.log', merged.split('\n').slice(1).join('\n'))
    await test.loadAll()
    for (const id of parts) expect(await test.batch(id)).toMatchObject({ state: 'loaded' })
    expect(await test.batch(refused)).toMatchObject({ state: 'failed', error_code: 'FLUXPORT.0106' })
    await purge(test.parts) // the loader begins a purge, too, and may be stopped before
    expect(await test.warehouse.rows('SELECT sum(requests) AS n FROM usage')).toEqual([{ n: 50 }])
    const accepted = await test.queue('again.log', merged.split('\n').slice(2).join('\n'), { overlap: 'accept' })
    await test.loadAll()
    expect(await test.batch(accepted)).toMatchObject({ state: 'loaded', requests: 53, overlap_requests: 48 })
  })

  it('a log that another process loads in another cut meanwhile is refused', async () => {
    const test = await openQueue(server)
    await test.queue('ours.log', linesOf('both', 50))
    await test.queue('more.log', linesOf('more', 50))
    const other = await openQueue(server)
    await other.queue('theirs.log', linesOf('theirs', 5) + linesOf('both', 45))
    await other.loadAll()
    const theirs = await other.batch(1)
    let isFirst = true
    await test.loadAll({
      warehouse: {
        ...test.warehouse,
        command: async (...given) => {
          // At this moment overlaps have been searched, and nothing counts yet.
          if (isFirst && given[0].includes('INSERT INTO load_span')) {
            isFirst = false
            await copyLoad(theirs, other, test)
          }
          await test.warehouse.command(...given)
        },
      },
    })
    expect(await test.batch(1)).toMatchObject({ state: 'failed', error_code: 'FLUXPORT.0106' })
    expect(await test.batch(2)).toMatchObject({ state: 'loaded', requests: 50 })
  })
})

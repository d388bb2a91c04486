import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { linesOf, openQueue, type Queue } from '../../../test/harness/load-queue.ts'
import { startLocalServer, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import { AppError } from '../../errors.ts'
import { acceptBatch } from '../../ledger/quarantine.ts'
import { type LoadLoop, startLoadLoop } from './load-loop.ts'

let server: WarehouseServer
beforeAll(async () => {
  server = await startLocalServer()
})
afterAll(() => server.stop())

const garbled = (name: string) => linesOf(name, 80) + 'rubbish\n'.repeat(20)
const loads = ({ database }: Queue) => database.queries.selectFrom('load').select(['batch_id', 'state']).execute()

/** Loads all batches, with something that happens between a load's rows and its quarantine. */
async function loadAll(test: Queue, happens: () => void): Promise<LoadLoop> {
  const spoolShares = { own: () => undefined, receive: happens }
  const loop = await startLoadLoop({ ...test.parts, spoolShares })
  const batches = await test.database.queries.selectFrom('batch').select('id').execute()
  for (const { id } of batches) await loop.ended(id, AbortSignal.timeout(60_000))
  return loop
}

describe('a quarantined batch', () => {
  it('is judged again after a failure between its rows and its state, and counts once when it is accepted', async () => {
    const test = await openQueue(server)
    const id = await test.queue('one.log', garbled('one'), { rejectedPercentMax: 10 })
    let times = 0
    const loop = await loadAll(test, () => {
      times += 1
      if (times === 1) throw new Error('the process ends here')
    })
    expect(await test.batch(id)).toMatchObject({ state: 'quarantined', requests: 80, error_code: 'FLUXPORT.0109' })
    expect((await loads(test)).every(({ state }) => state === 'dead' || state === 'purged')).toBe(true)
    expect(await Promise.all([1, 2, 3].map(() => acceptBatch(test.database, id)))).toEqual([true, false, false])
    loop.wake()
    for (; (await test.batch(id)).state !== 'loaded'; ) await new Promise((resolve) => setTimeout(resolve, 20))
    await loop.stop()
    expect((await loads(test)).filter(({ state }) => state === 'visible')).toHaveLength(1)
    expect(await readdir(test.parts.spoolDirectory)).toEqual([])
  })

  it('keeps its rows while it waits, and only those: its rejected lines can be looked at', async () => {
    const test = await openQueue(server)
    const id = await test.queue('waits.log', garbled('waits'), { rejectedPercentMax: 10 })
    const good = await test.queue('good.log', linesOf('good', 5), { rejectedPercentMax: 10 })
    const loop = await loadAll(test, () => undefined)
    await loop.stop()
    expect([(await test.batch(id)).state, (await test.batch(good)).state]).toEqual(['quarantined', 'loaded'])
    const rows = await test.warehouse.rows<{ lines: number }>('SELECT lines FROM rejected')
    expect(rows).toEqual([{ lines: 20 }])
    expect(await readdir(test.parts.spoolDirectory)).toHaveLength(1)
  })

  it('fails when the account’s share has no room for its bytes, and says so', async () => {
    const test = await openQueue(server)
    const id = await test.queue('full.log', garbled('full'), { rejectedPercentMax: 10 })
    const loop = await loadAll(test, () => {
      throw new AppError('FLUXPORT.0105', 'the share is full')
    })
    await loop.stop()
    const { state, error_code: code, error_message: text } = await test.batch(id)
    expect([state, code, text]).toEqual(['failed', 'FLUXPORT.0109', expect.stringContaining('the share is full')])
    expect(await readdir(test.parts.spoolDirectory)).toEqual([])
  })
})

import { expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import { abandon, counts, loaded, loading, pin } from '../../test/harness/ledger.ts'
import type { Database } from '../ports/database/database.ts'
import { findBatch, requeueInterrupted } from './batches.ts'
import { abandonLeftCopies, beginCopies, replaceLoads } from './load-copies.ts'
import { forgetBatch } from './loads.ts'

const us = 'this-process'
const replace = (database: Database, copies: Parameters<typeof replaceLoads>[1]) =>
  database.write((tx) => replaceLoads(tx, copies, []))
const stateOf = async (database: Database, loadId: number) =>
  (await database.queries.selectFrom('load').select('state').where('load_id', '=', loadId).executeTakeFirst())?.state

/** Rules by which copies of loads begin to count instead of them. */
export function loadCopiesContract(createPlace: CreatePlace) {
  it('count instead of their loads in one step, and who has pinned the state before sees the loads', async () => {
    const { database } = await databaseForTest(createPlace)
    const loads = [await loaded(database), await loaded(database)]
    const copies = await beginCopies(database, loads, us)
    const before = await pin(database)
    expect(await replace(database, copies)).toEqual(copies)
    const after = await pin(database)
    expect(after.dataVersion).toBe(before.dataVersion + 1)
    for (const { loadId, copyId } of copies) {
      expect([counts(before, loadId), counts(before, copyId)]).toEqual([true, false])
      expect([counts(after, loadId), counts(after, copyId)]).toEqual([false, true])
      expect(after.loadIdsToRollUp).toContain(copyId)
    }
    expect(await findBatch(database, loads[0]?.batchId ?? 0)).toMatchObject({ state: 'loaded' })
  })

  it('are given up where their load ceased to count meanwhile, and the others count', async () => {
    const { database } = await databaseForTest(createPlace)
    const [forgotten, kept] = [await loaded(database), await loaded(database)]
    const copies = await beginCopies(database, [forgotten, kept], us)
    await forgetBatch(database, forgotten.batchId)
    expect(await replace(database, copies)).toEqual(copies.slice(1))
    expect(await stateOf(database, copies[0]?.copyId ?? 0)).toBe('dead')
    expect(await replace(database, copies.slice(0, 1))).toEqual([])
    expect(await stateOf(database, forgotten.loadId)).toBe('forgotten')
  })

  it('that were given up never take their load along', async () => {
    const { database } = await databaseForTest(createPlace)
    const load = await loaded(database)
    const copies = await beginCopies(database, [load], us)
    await abandon(database, copies[0]?.copyId ?? 0)
    await expect(replace(database, copies)).rejects.toThrow('not pending any more')
    expect(counts(await pin(database), load.loadId)).toBe(true)
  })

  it('are given up at the next start of who was writing them, whoever has the batch; nobody else gives them up', async () => {
    const { database } = await databaseForTest(createPlace)
    const load = await loaded(database)
    const others = await loading(database, 'another-process')
    const [ours] = await beginCopies(database, [load], us)
    const [theirs] = await beginCopies(database, [load], 'another-process')
    expect(await requeueInterrupted(database, us)).toEqual([])
    expect(await abandonLeftCopies(database, us)).toEqual([ours?.copyId])
    expect(await stateOf(database, theirs?.copyId ?? 0)).toBe('pending')
    expect(await stateOf(database, others.loadId)).toBe('pending')
    expect(await replace(database, theirs ? [theirs] : [])).toEqual([theirs])
  })
}

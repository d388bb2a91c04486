import { expect, it } from 'vitest'
import { batchForTest, type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import { counts, loaded, loading, pin, show } from '../../test/harness/ledger.ts'
import { finishBatch } from './batch-outcome.ts'
import { findBatch } from './batches.ts'
import { beginLoad, forgetBatch } from './loads.ts'

/** Effects of forgetting a batch, and deliveries that are accepted again afterwards. */
export function forgettingContract(createPlace: CreatePlace) {
  it('ends a forgotten batch’s contribution in one step, for later pins alone', async () => {
    const { database } = await databaseForTest(createPlace)
    const kept = await loaded(database)
    const { batchId, loadId } = await loaded(database)
    const before = await pin(database)
    expect(await forgetBatch(database, batchId)).toBe(true)
    const after = await pin(database)
    expect([counts(before, loadId), counts(after, loadId), counts(after, kept.loadId)]).toEqual([true, false, true])
    expect(after.dataVersion).toBe(before.dataVersion + 1)
    expect(await findBatch(database, batchId)).toMatchObject({ state: 'forgotten' })
  })

  it('frees the key of a forgotten push, so that it may be used again', async () => {
    const { database } = await databaseForTest(createPlace)
    const batchId = await batchForTest(database, { delivery: 'push', idempotencyKey: 'push-1' })
    await expect(batchForTest(database, { delivery: 'push', idempotencyKey: 'push-1' })).rejects.toThrow()
    await show(database, await beginLoad(database, batchId))
    await finishBatch(database, batchId, { state: 'loaded' })
    await forgetBatch(database, batchId)
    await expect(batchForTest(database, { delivery: 'push', idempotencyKey: 'push-1' })).resolves.toBeGreaterThan(0)
  })

  it('forgets a batch once, and nothing that does not count', async () => {
    const { database } = await databaseForTest(createPlace)
    const { batchId } = await loaded(database)
    const once = await Promise.all([forgetBatch(database, batchId), forgetBatch(database, batchId)])
    expect(once.sort()).toEqual([false, true])
    expect(await forgetBatch(database, (await loading(database)).batchId)).toBe(false)
    expect(await forgetBatch(database, 987_654)).toBe(false)
  })

  it('leaves the data version alone when there is nothing to forget', async () => {
    const { database } = await databaseForTest(createPlace)
    const { batchId } = await loaded(database)
    await forgetBatch(database, batchId)
    const before = await pin(database)
    await forgetBatch(database, batchId)
    expect(await pin(database)).toEqual(before)
  })

  it('frees the keys of a forgotten batch’s duplicates, which nothing counts for any more', async () => {
    const { database } = await databaseForTest(createPlace)
    const { batchId } = await loaded(database)
    const duplicate = await batchForTest(database, { idempotencyKey: 'again' })
    await finishBatch(database, duplicate, { state: 'duplicate', duplicate_of: batchId })
    await expect(batchForTest(database, { idempotencyKey: 'again' })).rejects.toThrow()
    await forgetBatch(database, batchId)
    await expect(batchForTest(database, { idempotencyKey: 'again' })).resolves.toBeGreaterThan(0)
  })

  it('replaces superseded batches in the very step that shows their successor', async () => {
    const { database } = await databaseForTest(createPlace)
    const half = await loaded(database)
    const whole = await loading(database)
    const before = await pin(database)
    await show(database, whole.loadId, [half.batchId])
    const after = await pin(database)
    expect(after.dataVersion).toBe(before.dataVersion + 1)
    expect([before, after].map((version) => [counts(version, half.loadId), counts(version, whole.loadId)])).toEqual([
      [true, false],
      [false, true],
    ])
  })
}

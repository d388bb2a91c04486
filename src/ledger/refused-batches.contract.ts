import { expect, it } from 'vitest'
import { batchForTest, type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import { finishBatch } from './batch-outcome.ts'
import { readRefusedBatches, refusedBatchesMax } from './refused-batches.ts'

/** Refused batches of several accounts, of which one has more than are read. */
export function refusedBatchesContract(createPlace: CreatePlace) {
  it('are read of each account, however many another one has', async () => {
    const { database } = await databaseForTest(createPlace)
    const refuse = async (accountId: string) => {
      const id = await batchForTest(database, { accountId })
      await finishBatch(database, id, { state: 'failed', error_code: 'FLUXPORT.0103' })
      return id
    }
    const ofOne = await refuse('one')
    const row = await database.queries
      .selectFrom('batch')
      .selectAll()
      .where('id', '=', await refuse('many'))
      .executeTakeFirstOrThrow()
    for (let first = 0; first < refusedBatchesMax; first += 100) {
      const copies = Array.from({ length: 100 }, (_, n) => ({ ...row, id: row.id + first + n + 1 }))
      await database.queries.insertInto('batch').values(copies).execute()
    }
    const all = await readRefusedBatches(database.queries, null)
    const countOf = (accountId: string) => all.filter((batch) => batch.accountId === accountId).length
    expect([countOf('one'), countOf('many')]).toEqual([1, refusedBatchesMax])
    expect(all[0]?.batchId).toBe(row.id + refusedBatchesMax)
    expect(await readRefusedBatches(database.queries, ['one'])).toMatchObject([{ batchId: ofOne }])
  })
}

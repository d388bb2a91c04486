import { expect, it } from 'vitest'
import { type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { loaded } from '../../../test/harness/ledger.ts'
import { forgetBatch } from '../../ledger/loads.ts'
import type { Database } from '../../ports/database/database.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import {
  createRelocation,
  endRelocation,
  findRelocation,
  nextBatches,
  planRelocation,
  RelocationEnded,
  type RelocationScope,
  recordStep,
  takeRelocation,
} from './relocation-store.ts'

const all: RelocationScope = {
  startTimeMs: null,
  endTimeMs: null,
  source: null,
  batchIds: null,
  olderThanVersion: null,
}
const us = 'this-process'
const atOnce = { batches: 10, requests: 1_000 }

const batch = async (database: Database, values: Partial<BatchRow>) => {
  const { batchId } = await loaded(database)
  const figures = { requests: 100, flux_bytes: 5, rejected_lines: 0, first_time_ms: 1_000, last_time_ms: 2_000 }
  await database.queries
    .updateTable('batch')
    .set({ ...figures, ...values })
    .where('id', '=', batchId)
    .execute()
  return batchId
}
const ask = (database: Database, scope: Partial<RelocationScope> = {}, owner = us) =>
  createRelocation(database, { owner, createdBy: 'key', scope: { ...all, ...scope }, batches: 0, requests: 0 })
const record = (database: Database, id: number, lastBatchId: number) =>
  database.write((tx) =>
    recordStep(tx, database, id, { lastBatchId, done: 2, requests: 300, moved: 7, problems: [[5, 'failed']] }),
  )

/** Rules of relocations: the selection of batches, and progress. */
export function relocationContract(createPlace: CreatePlace) {
  it.each<[string, Partial<RelocationScope>, number[]]>([
    ['all that are of other data, or of none', {}, [1, 2, 4, 7, 8]],
    ['those of older data than of a version', { olderThanVersion: 2 }, [1, 2, 7, 8]],
    ['those with requests in a range', { startTimeMs: 2_001, endTimeMs: 5_000 }, [7]],
    ['those of a source', { source: 'far' }, [8]],
    ['those that are named', { batchIds: [1, 3, 8] }, [1, 8]],
  ])('takes %s', async (_, scope, expected) => {
    const { database } = await databaseForTest(createPlace)
    await batch(database, { geo_version: null })
    await batch(database, { geo_version: 1 })
    await batch(database, { geo_version: 3 })
    await batch(database, { geo_version: 2 })
    await batch(database, { geo_version: 1, requests: 0 })
    await forgetBatch(database, await batch(database, { geo_version: 1 }))
    await batch(database, { geo_version: 1, first_time_ms: 4_999, last_time_ms: 6_000 })
    await batch(database, { geo_version: 1, source: 'far' })
    const relocation = await ask(database, scope)
    const found = await nextBatches(database.queries, relocation, 3, atOnce)
    expect(found.map(({ batchId }) => batchId)).toEqual(expected)
    const plan = await planRelocation(database.queries, { ...all, ...scope }, 3, 1_001)
    const sum = (of: 'batches' | 'requests' | 'batchesNotKept') => plan.reduce((total, one) => total + one[of], 0)
    const young = expected.includes(7) ? 1 : 0
    expect([sum('batches'), sum('requests'), sum('batchesNotKept')]).toEqual([
      expected.length,
      expected.length * 100,
      expected.length - young,
    ])
  })

  it('takes batches at once up to a number of requests, a longer one alone', async () => {
    const { database } = await databaseForTest(createPlace)
    for (const requests of [400, 600, 1, 3_000, 10]) await batch(database, { geo_version: 1, requests })
    let relocation = await ask(database)
    for (const expected of [[1, 2], [3], [4], [5], []]) {
      const found = await nextBatches(database.queries, relocation, 2, atOnce)
      expect(found.map(({ batchId }) => batchId)).toEqual(expected)
      relocation = { ...relocation, last_batch_id: expected.at(-1) ?? 0 }
    }
  })

  it('goes on with the oldest that is not done, each server with its own, and adds up what became of batches', async () => {
    const { database } = await databaseForTest(createPlace)
    const [first, second] = [await ask(database), await ask(database)]
    const theirs = await ask(database, {}, 'another-process')
    expect(await takeRelocation(database, us)).toMatchObject({ id: first.id, state: 'running', last_batch_id: 0 })
    await record(database, first.id, 9)
    await record(database, first.id, 12)
    expect(await takeRelocation(database, us)).toMatchObject({
      ...{ id: first.id, last_batch_id: 12, batches_done: 4, batches_failed: 2, batches_skipped: 0 },
      ...{ requests_done: 600, requests_moved: 14, problems_json: '[[5,"failed"],[5,"failed"]]' },
    })
    expect(await endRelocation(database, first.id, { state: 'done' })).toBe(true)
    expect(await takeRelocation(database, us)).toMatchObject({ id: second.id })
    expect(await takeRelocation(database, 'another-process')).toMatchObject({ id: theirs.id })
  })

  it('records nothing more once it has ended, and ends once', async () => {
    const { database } = await databaseForTest(createPlace)
    const { id } = await ask(database)
    await takeRelocation(database, us)
    expect(await endRelocation(database, id, { state: 'canceled' })).toBe(true)
    expect(await endRelocation(database, id, { state: 'done' })).toBe(false)
    await expect(record(database, id, 9)).rejects.toBeInstanceOf(RelocationEnded)
    expect(await findRelocation(database.queries, id)).toMatchObject({ state: 'canceled', last_batch_id: 0 })
    expect(await takeRelocation(database, us)).toBeUndefined()
  })
}

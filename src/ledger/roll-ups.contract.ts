import { describe, expect, it } from 'vitest'
import { batchForTest, type CreatePlace, databaseForTest } from '../../test/harness/database.ts'
import type { Database } from '../ports/database/database.ts'
import { finishBatch } from './batch-outcome.ts'
import { pinDataVersion } from './data-version.ts'
import { abandonLoad, beginLoad, forgetBatch, makeVisible } from './loads.ts'
import { markPurged, purgeableLoads } from './purgeable-loads.ts'
import { beginRollUps, endRollUps, runningRollUps } from './roll-up-marks.ts'

const us = 'this-process'
const pin = (database: Database) => database.write((tx) => pinDataVersion(database, tx))
const toRollUp = async (database: Database) => (await pin(database)).loadIdsToRollUp
const rollUpOf = async (database: Database, loadId: number) =>
  (await database.queries.selectFrom('load').select('roll_up').where('load_id', '=', loadId).executeTakeFirstOrThrow())
    .roll_up

async function loading(database: Database, owner = us) {
  const batchId = await batchForTest(database, { owner })
  return { batchId, loadId: await beginLoad(database, batchId) }
}

async function loaded(database: Database, owner = us, requests = 1) {
  const begun = await loading(database, owner)
  await database.write((tx) => makeVisible(tx, begun.loadId, []))
  await finishBatch(database, begun.batchId, { state: 'loaded', loaded_at_ms: 1, requests })
  return begun
}

/** Rules of roll-ups: which loads the rollups have, and that each is in them exactly once. */
export function rollUpsContract(createPlace: CreatePlace) {
  describe('a roll-up', () => turnRules(createPlace))
  describe('the pinned version', () => pinRules(createPlace))
  describe('a load that is rolled up', () => purgeRules(createPlace))
  describe('after a restart', () => restartRules(createPlace))
}

function turnRules(createPlace: CreatePlace) {
  it('takes the oldest loads that count, each once, and none when none is left', async () => {
    const { database } = await databaseForTest(createPlace)
    const first = await loaded(database)
    await loading(database)
    const dead = await loading(database)
    await database.write((tx) => abandonLoad(tx, dead.loadId))
    const forgotten = await loaded(database)
    await forgetBatch(database, forgotten.batchId)
    const second = await loaded(database)
    expect(await beginRollUps(database, us)).toEqual([first.loadId, second.loadId])
    for (const { loadId } of [first, second]) expect(await rollUpOf(database, loadId)).toBe('running')
    await endRollUps(database, [first.loadId], 'done')
    expect(await beginRollUps(database, us)).toEqual([second.loadId])
    await endRollUps(database, [second.loadId], 'done')
    expect(await beginRollUps(database, us)).toEqual([])
  })

  it('takes loads of a million requests together at once, a longer one alone', async () => {
    const { database } = await databaseForTest(createPlace)
    const requests = [400_000, 600_000, 1, 3_000_000, 10]
    const loads = []
    for (const count of requests) loads.push(await loaded(database, us, count))
    const ids = loads.map(({ loadId }) => loadId)
    for (const expected of [ids.slice(0, 2), ids.slice(2, 3), ids.slice(3, 4), ids.slice(4)]) {
      expect(await beginRollUps(database, us)).toEqual(expected)
      await endRollUps(database, expected, 'done')
    }
  })

  it('takes a load again whose roll-up failed, or never ended', async () => {
    const { database } = await databaseForTest(createPlace)
    const { loadId } = await loaded(database)
    expect(await beginRollUps(database, us)).toEqual([loadId])
    expect(await beginRollUps(database, us)).toEqual([loadId])
    await endRollUps(database, [loadId], 'none')
    expect(await beginRollUps(database, us)).toEqual([loadId])
  })

  it('leaves loads of other data directories to them', async () => {
    const { database } = await databaseForTest(createPlace)
    const theirs = await loaded(database, 'another-process')
    const ours = await loaded(database)
    expect(await beginRollUps(database, us)).toEqual([ours.loadId])
    expect(await beginRollUps(database, 'another-process')).toEqual([theirs.loadId])
  })

  it('takes no load that is forgotten at that moment', async () => {
    const { database } = await databaseForTest(createPlace)
    for (let round = 0; round < 10; round++) {
      const { batchId, loadId } = await loaded(database)
      const [taken] = await Promise.all([beginRollUps(database, us), forgetBatch(database, batchId)])
      expect([[loadId], []]).toContainEqual(taken)
      expect(await rollUpOf(database, loadId)).toBe(taken.length === 0 ? 'none' : 'running')
      expect((await purgeableLoads(database)).includes(loadId)).toBe(taken.length === 0)
    }
  })
}

function pinRules(createPlace: CreatePlace) {
  it('names the loads that count and are not rolled up, in order, while they are not', async () => {
    const { database } = await databaseForTest(createPlace)
    expect(await toRollUp(database)).toEqual([])
    const [a, b] = [(await loaded(database)).loadId, (await loaded(database)).loadId]
    await loading(database)
    expect(await toRollUp(database)).toEqual([a, b])
    await beginRollUps(database, us)
    expect(await toRollUp(database)).toEqual([a, b])
    await endRollUps(database, [a], 'done')
    expect(await toRollUp(database)).toEqual([b])
  })

  it('names a load that is forgotten or given up as hidden, and not as one to roll up', async () => {
    const { database } = await databaseForTest(createPlace)
    const kept = await loaded(database)
    const forgotten = await loaded(database)
    await forgetBatch(database, forgotten.batchId)
    expect(await pin(database)).toMatchObject({
      hiddenLoadIds: [forgotten.loadId],
      loadIdsToRollUp: [kept.loadId],
    })
  })

  it('is as before after a roll-up: the data are the same', async () => {
    const { database } = await databaseForTest(createPlace)
    const { loadId } = await loaded(database)
    const before = await pin(database)
    expect(Math.abs((before.changedAtMs ?? 0) - Date.now())).toBeLessThan(5_000)
    await beginRollUps(database, us)
    await endRollUps(database, [loadId], 'done')
    expect(await pin(database)).toEqual({ ...before, loadIdsToRollUp: [] })
  })
}

function purgeRules(createPlace: CreatePlace) {
  it.each(['none', 'done'] as const)('is purged once forgotten, not while it runs: it ends as %s', async (ending) => {
    const { database } = await databaseForTest(createPlace)
    const { batchId, loadId } = await loaded(database)
    await beginRollUps(database, us)
    await forgetBatch(database, batchId)
    expect(await purgeableLoads(database)).toEqual([])
    await endRollUps(database, [loadId], ending)
    expect(await purgeableLoads(database)).toEqual([loadId])
    await markPurged(database, [loadId])
    expect([await purgeableLoads(database), await beginRollUps(database, us)]).toEqual([[], []])
  })
}

function restartRules(createPlace: CreatePlace) {
  it('is known to have been on its way, by data directory', async () => {
    const { database } = await databaseForTest(createPlace)
    const ours = await loaded(database)
    const theirs = await loaded(database, 'another-process')
    await beginRollUps(database, us)
    await beginRollUps(database, 'another-process')
    expect(await runningRollUps(database, us)).toEqual([ours.loadId])
    expect(await runningRollUps(database, 'another-process')).toEqual([theirs.loadId])
  })

  it('keeps what is done, and lets go of what was forgotten meanwhile', async () => {
    const { database } = await databaseForTest(createPlace)
    const done = await loaded(database)
    await beginRollUps(database, us)
    await endRollUps(database, [done.loadId], 'done')
    const forgotten = await loaded(database)
    await beginRollUps(database, us)
    await forgetBatch(database, forgotten.batchId)
    expect(await runningRollUps(database, us)).toEqual([forgotten.loadId])
    await endRollUps(database, [forgotten.loadId], 'none')
    expect(await rollUpOf(database, done.loadId)).toBe('done')
    expect(await purgeableLoads(database)).toEqual([forgotten.loadId])
    expect(await toRollUp(database)).toEqual([])
  })
}

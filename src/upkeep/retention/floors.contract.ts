import { expect, it } from 'vitest'
import { batchForTest, type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { finishBatch } from '../../ledger/batch-outcome.ts'
import { assertReplaceable, firstLoadableMs, raiseFloor, readFloors } from '../../ledger/floors.ts'
import { abandonLoad, beginLoad, forgetBatch, makeVisible } from '../../ledger/loads.ts'
import { beginRollUps, endRollUps } from '../../ledger/roll-up-marks.ts'
import { databaseNowMs, unfinishedLoads } from './sweep.ts'

/** Rules of floors, and of the loads that a drop waits for. */
export function floorsContract(createPlace: CreatePlace) {
  it('is everything until it is said otherwise, of each source by itself', async () => {
    const { database } = await databaseForTest(createPlace)
    const none = { request: 0, usage: 0, url_daily: 0, geography_hourly: 0 }
    expect(await readFloors(database.queries)).toEqual(none)
    await raiseFloor(database, 'url_daily', 5_000)
    expect(await readFloors(database.queries)).toEqual({ ...none, url_daily: 5_000 })
    expect(firstLoadableMs(await readFloors(database.queries))).toBe(0)
  })

  it('moves on and never back, whoever says so', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    const other = await connect()
    await raiseFloor(database, 'request', 2_000)
    await raiseFloor(other, 'request', 1_000)
    expect((await readFloors(database.queries)).request).toBe(2_000)
    await Promise.all([raiseFloor(database, 'request', 3_000), raiseFloor(other, 'request', 4_000)])
    expect(firstLoadableMs(await readFloors(other.queries))).toBe(4_000)
  })

  it('waits for loads on their way and loads not rolled up, and for no other', async () => {
    const { database } = await databaseForTest(createPlace)
    const begin = async () => {
      const batchId = await batchForTest(database)
      return { batchId, loadId: await beginLoad(database, batchId) }
    }
    const [pending, dead, forgotten, visible, later] = [
      await begin(),
      await begin(),
      await begin(),
      await begin(),
      await begin(),
    ]
    await database.write((tx) => abandonLoad(tx, dead.loadId))
    for (const { batchId, loadId } of [forgotten, visible]) {
      await database.write((tx) => makeVisible(tx, loadId, []))
      await finishBatch(database, batchId, { state: 'loaded' })
    }
    await forgetBatch(database, forgotten.batchId)
    const below = later.loadId - 1
    expect(await unfinishedLoads(database, below)).toEqual([pending.loadId, visible.loadId])
    expect(await beginRollUps(database, 'this-process')).toEqual([visible.loadId])
    expect(await unfinishedLoads(database, below)).toEqual([pending.loadId, visible.loadId])
    await endRollUps(database, [visible.loadId], 'done')
    await database.write((tx) => abandonLoad(tx, pending.loadId))
    expect(await unfinishedLoads(database, below)).toEqual([])
    expect(await unfinishedLoads(database, later.loadId)).toEqual([later.loadId])
  })

  it('refuses to replace a batch whose requests could not be loaded again', async () => {
    const { database } = await databaseForTest(createPlace)
    const id = await batchForTest(database)
    await finishBatch(database, id, { state: 'loaded', first_time_ms: 5_000 })
    await raiseFloor(database, 'request', 5_000)
    await assertReplaceable(database.queries, [id])
    await assertReplaceable(database.queries, [])
    await raiseFloor(database, 'request', 5_001)
    const refused = { code: 'FLUXPORT.0302', message: expect.stringContaining(`batch ${id}`) }
    await expect(assertReplaceable(database.queries, [id])).rejects.toMatchObject(refused)
  })

  it('goes by the database’s clock', async () => {
    const { database } = await databaseForTest(createPlace)
    expect(Math.abs((await databaseNowMs(database)) - Date.now())).toBeLessThan(60_000)
  })
}

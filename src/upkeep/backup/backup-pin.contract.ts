import { expect, it } from 'vitest'
import { batchForTest, type CreatePlace, databaseForTest } from '../../../test/harness/database.ts'
import { finishBatch } from '../../ledger/batch-outcome.ts'
import { beginLoad, forgetBatch, makeVisible } from '../../ledger/loads.ts'
import { pinsHeld } from '../../ledger/pins-held.ts'
import { purgeableLoads } from '../../ledger/purgeable-loads.ts'
import type { Database } from '../../ports/database/database.ts'
import { takePin } from './backup-pin.ts'

async function forgottenLoad(database: Database) {
  const batchId = await batchForTest(database)
  const loadId = await beginLoad(database, batchId)
  await database.write((tx) => makeVisible(tx, loadId, []))
  await finishBatch(database, batchId, { state: 'loaded', loaded_at_ms: 1 })
  await forgetBatch(database, batchId)
  return loadId
}

/** Rules of a backup's pin: its data stay until it ends or dies. */
export function backupPinContract(createPlace: CreatePlace) {
  it('keeps the rows of what is forgotten after it, and not of what was before', async () => {
    const { database } = await databaseForTest(createPlace)
    const before = await forgottenLoad(database)
    const pin = await takePin(database)
    const after = await forgottenLoad(database)
    expect(await purgeableLoads(database)).toEqual([before])
    await pin.assertHeld()
    await pin.release()
    expect(await purgeableLoads(database)).toEqual([before, after])
    expect(await pinsHeld(database)).toEqual({ ids: [], dataVersion: null })
  })

  it('goes by the oldest of several', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    const first = await takePin(database)
    const load = await forgottenLoad(database)
    const second = await takePin(await connect())
    expect((await pinsHeld(database)).ids).toHaveLength(2)
    expect(await purgeableLoads(database)).toEqual([])
    await first.release()
    expect(await purgeableLoads(database)).toEqual([load])
    await second.release()
  })

  it('ends by itself when its process is gone, and then says so to one that was only slow', async () => {
    const { database } = await databaseForTest(createPlace)
    const pin = await takePin(database)
    const load = await forgottenLoad(database)
    await database.queries.updateTable('backup_pin').set({ until_ms: 1 }).execute()
    expect(await purgeableLoads(database)).toEqual([load])
    await expect(pin.assertHeld()).rejects.toThrow(/may have been removed/)
    const next = await takePin(database)
    expect(await database.queries.selectFrom('backup_pin').select('id').execute()).toHaveLength(1)
    await Promise.all([pin.release(), next.release()])
  })
}

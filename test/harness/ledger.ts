import { finishBatch } from '../../src/ledger/batch-outcome.ts'
import type { DataVersion } from '../../src/ledger/data-version.ts'
import { pinDataVersion } from '../../src/ledger/data-version.ts'
import { abandonLoad, beginLoad, makeVisible } from '../../src/ledger/loads.ts'
import type { Database } from '../../src/ports/database/database.ts'
import { batchForTest } from './database.ts'

/** The state of the data now. */
export const pin = (database: Database) => database.write((tx) => pinDataVersion(database, tx))

/** Makes a load count. */
export const show = (database: Database, loadId: number, superseded: number[] = []) =>
  database.write((tx) => makeVisible(tx, loadId, superseded))
/** Gives a load up. */
export const abandon = (database: Database, loadId: number) => database.write((tx) => abandonLoad(tx, loadId))

/** A batch whose load has begun. */
export async function loading(database: Database, owner = 'this-process') {
  const batchId = await batchForTest(database, { owner })
  return { batchId, loadId: await beginLoad(database, batchId) }
}

/** A batch that counts. */
export async function loaded(database: Database) {
  const { batchId, loadId } = await loading(database)
  await show(database, loadId)
  await finishBatch(database, batchId, { state: 'loaded', loaded_at_ms: 1 })
  return { batchId, loadId }
}

/** Whether a load counts in a state of the data. */
export const counts = (version: DataVersion, loadId: number) =>
  loadId <= version.loadIdMax && !version.hiddenLoadIds.includes(loadId)

import { expect, it } from 'vitest'
import { finishBatch } from '../../src/ledger/batch-outcome.ts'
import { forgetBatch } from '../../src/ledger/loads.ts'
import { pinPastVersion } from '../../src/ledger/past-version.ts'
import type { Database } from '../../src/ports/database/database.ts'
import { type CreatePlace, databaseForTest } from '../harness/database.ts'
import { abandon, counts, loading, pin, show } from '../harness/ledger.ts'
import { addTask, alterTask } from '../harness/tasks.ts'

const range = { startTimeMs: 0, endTimeMs: 10_000 }

/** Past data versions, beside what was pinned when they were the present one. */
export function pastVersionsContract(createPlace: CreatePlace) {
  it('count the loads that counted then, whatever began and ceased to count since', async () => {
    const { database } = await databaseForTest(createPlace)
    await haveTaskOf(database, 0)
    // A later load may count before an earlier one.
    const loads: Awaited<ReturnType<typeof begun>>[] = []
    for (let n = 0; n < 8; n++) loads.push(await begun(database))
    const pinned = [await pin(database)]
    const ids = loads.map(({ loadId }) => loadId)
    const steps = [
      () => show(database, ids[3] ?? 0),
      () => show(database, ids[1] ?? 0),
      () => abandon(database, ids[2] ?? 0),
      () => forgetBatch(database, loads[3]?.batchId ?? 0),
      () => show(database, ids[6] ?? 0),
      () => show(database, ids[0] ?? 0),
      () => forgetBatch(database, loads[6]?.batchId ?? 0),
      () => show(database, ids[4] ?? 0),
    ]
    for (const step of steps) {
      await step()
      pinned.push(await pin(database))
    }
    for (const then of pinned) {
      const asked = { dataVersion: then.dataVersion, shownVersion: then.dataVersion, range }
      const { version, removedLoadIds } = await database.write((tx) => pinPastVersion(tx, asked))
      const found = ids.filter((loadId) => counts(version, loadId) || removedLoadIds.includes(loadId))
      expect(found, `version ${then.dataVersion}`).toEqual(ids.filter((loadId) => counts(then, loadId)))
    }
  })

  it('are refused when a log of theirs was forgotten, and no task has a file of that version or before', async () => {
    const { database } = await databaseForTest(createPlace)
    const { batchId, loadId } = await begun(database)
    await show(database, loadId)
    const { dataVersion } = await pin(database)
    const asked = { dataVersion, shownVersion: dataVersion, range }
    await forgetBatch(database, batchId)
    await expect(database.write((tx) => pinPastVersion(tx, asked))).rejects.toMatchObject({ code: 'FLUXPORT.0301' })
    // Of a time without its requests it is there.
    const later = { ...asked, range: { startTimeMs: 6_000, endTimeMs: 10_000 } }
    expect((await database.write((tx) => pinPastVersion(tx, later))).removedLoadIds).toEqual([])
    await haveTaskOf(database, dataVersion)
    expect((await database.write((tx) => pinPastVersion(tx, asked))).removedLoadIds).toEqual([loadId])
  })
}

/** A load of a batch with requests of one second. */
async function begun(database: Database) {
  const made = await loading(database)
  await finishBatch(database, made.batchId, { state: 'loaded', requests: 1, first_time_ms: 5_000, last_time_ms: 5_000 })
  return made
}

async function haveTaskOf(database: Database, dataVersion: number) {
  const id = `task-${dataVersion}`
  const limits = { waitingMax: 10, storedBytesMax: 1_000_000, listedMax: 10 }
  await addTask(database, id, { limits })
  await alterTask(database, id, { state: 'success', data_version: dataVersion })
}

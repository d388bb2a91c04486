import { setTimeout as delay } from 'node:timers/promises'
import type { KyselyPlugin } from 'kysely'
import { describe, expect, it } from 'vitest'
import { createTask } from '../../src/exports/tasks/create-task.ts'
import { claimTask, completeTask } from '../../src/exports/tasks/task-store.ts'
import { findBatch, requeueInterrupted } from '../../src/ledger/batches.ts'
import type { DataVersion } from '../../src/ledger/data-version.ts'
import { pinDataVersion } from '../../src/ledger/data-version.ts'
import { forgettingContract } from '../../src/ledger/forgetting.contract.ts'
import { beginLoad, forgetBatch } from '../../src/ledger/loads.ts'
import { markPurged, purgeableLoads } from '../../src/ledger/purgeable-loads.ts'
import type { Database } from '../../src/ports/database/database.ts'
import type { BatchState } from '../../src/ports/database/schema.ts'
import { type CreatePlace, databaseForTest } from '../harness/database.ts'
import { abandon, counts, loaded, loading, pin, show } from '../harness/ledger.ts'

/** An export that has pinned the state of the data now. */
async function runningExport(database: Database, id: string) {
  await createTask(database, { id, accountId: 'account-1', name: id, action: 'reports_detail', requestJson: '{}' })
  const claim = await claimTask(database, 'worker')
  if (!claim) throw new Error('nothing to claim')
  return claim
}

const artifact = { key: 'k', fileName: 'f.csv', rows: 1, bytes: 1, sha256: '00' }

export function ledgerContract(createPlace: CreatePlace) {
  visibilityRules(createPlace)
  describe('forgetting', () => forgettingContract(createPlace))
  concurrencyRules(createPlace)
  describe('purging', () => purgingRules(createPlace))
  describe('after a restart', () => restartRules(createPlace))
}

function visibilityRules(createPlace: CreatePlace) {
  it('is at version 0 with no load when nothing was ever loaded', async () => {
    const { database } = await databaseForTest(createPlace)
    expect(await pin(database)).toMatchObject({ dataVersion: 0, changedAtMs: null, loadIdMax: 0, hiddenLoadIds: [] })
  })

  it('hides a load on its way, and counts it from one step of the data version on', async () => {
    const { database } = await databaseForTest(createPlace)
    const { loadId } = await loading(database)
    const before = await pin(database)
    await show(database, loadId)
    const after = await pin(database)
    expect([counts(before, loadId), counts(after, loadId)]).toEqual([false, true])
    expect(after.dataVersion).toBe(before.dataVersion + 1)
  })

  it('leaves a load that begins after a pin outside of it for good', async () => {
    const { database } = await databaseForTest(createPlace)
    await loaded(database)
    const pinned = await pin(database)
    const { loadId } = await loaded(database)
    expect(counts(pinned, loadId)).toBe(false)
    expect(counts(await pin(database), loadId)).toBe(true)
  })

  it('never counts a load that was given up, and refuses to show it', async () => {
    const { database } = await databaseForTest(createPlace)
    const { loadId } = await loading(database)
    await abandon(database, loadId)
    await expect(show(database, loadId)).rejects.toThrow(`load ${loadId} is not pending`)
    const version = await pin(database)
    expect(counts(version, loadId)).toBe(false)
    expect(version.dataVersion).toBe(0)
  })

  it('cannot give up a load that counts, nor show one twice', async () => {
    const { database } = await databaseForTest(createPlace)
    const { loadId } = await loaded(database)
    await abandon(database, loadId)
    await expect(show(database, loadId)).rejects.toThrow(`load ${loadId} is not pending`)
    expect(counts(await pin(database), loadId)).toBe(true)
  })

  it('marks a batch as loading, and counts its attempts', async () => {
    const { database } = await databaseForTest(createPlace)
    const { batchId, loadId } = await loading(database)
    await abandon(database, loadId)
    const second = await beginLoad(database, batchId)
    expect(second).toBe(loadId + 1)
    expect(await findBatch(database, batchId)).toMatchObject({ state: 'loading', attempts: 2 })
  })
}

/** Begins, shows and forgets at once with pins in between: each pin must see exactly the loads of its version. */
function concurrencyRules(createPlace: CreatePlace) {
  it('pins one state of the data, whatever changes meanwhile', async () => {
    const { database } = await databaseForTest(createPlace)
    const pins: DataVersion[] = []
    const change = async (index: number) => {
      const { batchId, loadId } = await loading(database)
      if (index % 4 === 0) return await abandon(database, loadId)
      await show(database, loadId)
      if (index % 3 === 0) await forgetBatch(database, batchId)
    }
    const look = async () => {
      for (let n = 0; n < 20; n++) pins.push(await pin(database))
    }
    await Promise.all([...Array.from({ length: 24 }, (_, index) => change(index)), look(), look()])
    const loads = await database.queries.selectFrom('load').selectAll().execute()
    for (const version of pins) {
      const seen = loads.filter((load) => counts(version, load.load_id))
      const then = loads.filter(
        (load) =>
          load.visible_version !== null &&
          load.visible_version <= version.dataVersion &&
          (load.forgotten_version ?? Number.POSITIVE_INFINITY) > version.dataVersion,
      )
      expect(seen).toEqual(then)
    }
  })

  it('pins one state of the data when the first load ever is shown between its statements', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    const other = await connect()
    const { loadId } = await loading(database)
    let shown: Promise<void> | undefined
    const meanwhile = afterFirstQuery(async () => {
      if (database.kind === 'sqlite') return // one writer: nothing can come between
      shown = show(other, loadId)
      await Promise.race([shown, delay(300)]) // it has to wait for this transaction
    })
    const version = await database.write((tx) => pinDataVersion(database, tx.withPlugin(meanwhile) as typeof tx))
    await shown
    expect(counts(version, loadId)).toBe(version.dataVersion > 0)
  })
}

/** Lets something happen between the first statement's answer and the second statement. */
function afterFirstQuery(happen: () => Promise<unknown>): KyselyPlugin {
  let queries = 0
  return {
    transformQuery: ({ node }) => node,
    transformResult: async ({ result }) => {
      queries += 1
      if (queries === 1) await happen()
      return result
    },
  }
}

function purgingRules(createPlace: CreatePlace) {
  it('may remove what was given up or forgotten, and nothing that counts or may yet', async () => {
    const { database } = await databaseForTest(createPlace)
    await loaded(database)
    await loading(database)
    const dead = await loading(database)
    await abandon(database, dead.loadId)
    const forgotten = await loaded(database)
    await forgetBatch(database, forgotten.batchId)
    expect((await purgeableLoads(database)).sort()).toEqual([dead.loadId, forgotten.loadId])
  })

  it('keeps a forgotten load for a running export that pinned it, until that ends', async () => {
    const { database } = await databaseForTest(createPlace)
    const { batchId, loadId } = await loaded(database)
    const claim = await runningExport(database, 'before')
    await forgetBatch(database, batchId)
    await runningExport(database, 'after')
    expect(counts(claim.version, loadId)).toBe(true)
    expect(await purgeableLoads(database)).toEqual([])
    await completeTask(database, claim, artifact)
    expect(await purgeableLoads(database)).toEqual([loadId])
  })

  it('keeps a load that is forgotten while it looks, for an export that pinned it while it looked', async () => {
    const { database, connect } = await databaseForTest(createPlace)
    const other = await connect()
    const { batchId, loadId } = await loaded(database)
    const meanwhile = afterFirstQuery(async () => {
      const { version } = await runningExport(other, 'meanwhile')
      expect(counts(version, loadId)).toBe(true)
      await forgetBatch(other, batchId)
    })
    expect(await purgeableLoads({ ...database, queries: database.queries.withPlugin(meanwhile) })).toEqual([])
  })

  it('forgets a purged load’s name, and cannot purge one that counts', async () => {
    const { database } = await databaseForTest(createPlace)
    const kept = await loaded(database)
    const dead = await loading(database)
    await abandon(database, dead.loadId)
    await markPurged(database, [kept.loadId, dead.loadId])
    expect(await purgeableLoads(database)).toEqual([])
    const version = await pin(database)
    expect(version.hiddenLoadIds).toEqual([])
    expect(counts(version, kept.loadId)).toBe(true)
  })
}

function restartRules(createPlace: CreatePlace) {
  it('gives up this process’s loads, and lets their batches wait again', async () => {
    const { database } = await databaseForTest(createPlace)
    const interrupted = await loading(database)
    const another = await loading(database, 'another-process')
    expect(await requeueInterrupted(database, 'this-process')).toEqual([interrupted.loadId])
    expect(await findBatch(database, interrupted.batchId)).toMatchObject({ state: 'queued' })
    expect(await findBatch(database, another.batchId)).toMatchObject({ state: 'loading' })
    expect(await purgeableLoads(database)).toEqual([interrupted.loadId])
    await show(database, another.loadId)
  })

  it('lets a batch wait again whose load was given up before the process ended', async () => {
    const { database } = await databaseForTest(createPlace)
    const { batchId, loadId } = await loading(database)
    await abandon(database, loadId)
    expect(await requeueInterrupted(database, 'this-process')).toEqual([])
    expect(await findBatch(database, batchId)).toMatchObject({ state: 'queued' })
  })

  const settled: BatchState[] = ['queued', 'loaded', 'duplicate', 'failed', 'forgotten']
  it.each(settled)('leaves a %s batch as it is', async (state) => {
    const { database } = await databaseForTest(createPlace)
    const { batchId, loadId } = await loaded(database)
    await database.queries.updateTable('batch').set({ state }).where('id', '=', batchId).execute()
    expect(await requeueInterrupted(database, 'this-process')).toEqual([])
    expect(await findBatch(database, batchId)).toMatchObject({ state })
    expect(counts(await pin(database), loadId)).toBe(true)
  })
}

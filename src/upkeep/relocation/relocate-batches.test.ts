import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { silentLog } from '../../../test/harness/directory.ts'
import { type LocatedServer, startLocatedServer } from '../../../test/harness/located-server.ts'
import { combinedLine } from '../../../test/harness/log-lines.ts'
import { readDataVersion } from '../../ledger/data-version.ts'
import { raiseFloor } from '../../ledger/floors.ts'
import { purge } from '../../ledger/purge.ts'
import type { Parameters, Run, Warehouse } from '../../ports/warehouse/warehouse.ts'
import { takePin } from '../backup/backup-pin.ts'
import { relocateBatches } from './relocate-batches.ts'
import { startRelocationLoop } from './relocation-loop.ts'
import {
  createRelocation,
  endRelocation,
  findRelocation,
  nextBatches,
  RelocationEnded,
  takeRelocation,
} from './relocation-store.ts'

let world: LocatedServer
const batchIds = new Map<string, number>()
beforeAll(async () => {
  // Loaded without a look-up, so every place differs in the first version.
  world = await startLocatedServer({ '198.51.100.0/24': 'cn/fujian/dianxin' }, async (server) => {
    const load = async ([name, { day }]: [string, { day: string }], index: number) => {
      const parameters = { name: `${index}.log`, domain: `d${index}.example.test` }
      const { json } = await server.load(logOf(day, index), parameters)
      batchIds.set(name, Number(json['batch_id']))
    }
    await Promise.all(Object.entries(cases).map(load))
  })
})
afterAll(() => world.stop())

/** Each case has its own batch and domain. */
const cases = {
  forgotten: { day: '02' },
  lostRequest: { day: '03' },
  otherColumn: { day: '04' },
  wrongUsage: { day: '05' },
  pinned: { day: '06' },
  canceled: { day: '07' },
  unmoved: { day: '08' },
  grown: { day: '09' },
  dropped: { day: '01' },
  floorMeanwhile: { day: '01' },
  fails: { day: '10' },
  goesOn: { day: '11' },
  interrupted: { day: '12' },
}
type Case = keyof typeof cases
const batchIdOf = (name: Case) => batchIds.get(name) ?? 0
const logOf = (day: string, index: number, lines = 20) =>
  Array.from({ length: lines }, (_, i) =>
    combinedLine({ time: `${day}/Sep/2026:08:${10 + i}:01 +0800`, path: `/${index}/${i}`, bytes: 100 + i }),
  ).join('')

const loadsOf = (batchId: number) =>
  world.database.queries
    .selectFrom('load')
    .select(['load_id', 'state'])
    .where('batch_id', '=', batchId)
    .orderBy('load_id')
    .execute()
const batchOf = (batchId: number) =>
  world.database.queries
    .selectFrom('batch')
    .select(['state', 'geo_version'])
    .where('id', '=', batchId)
    .executeTakeFirstOrThrow()
/** Places of the requests of a counting batch. */
async function placesOf(batchId: number): Promise<string[]> {
  const visible = (await loadsOf(batchId)).find((load) => load.state === 'visible')
  const sql = `SELECT DISTINCT concat(country, '/', province, '/', carrier) AS at FROM request WHERE load_id = {loadId:UInt64}`
  const rows = await world.server.warehouse.rows<{ at: string }>(sql, { loadId: visible?.load_id ?? 0 })
  return rows.map((row) => row.at)
}

/** The warehouse, with an event once a copy's rows are all written. */
const whereThen = (happens: (copyId: number) => Promise<unknown>): Warehouse => ({
  ...world.server.warehouse,
  command: async (sql, parameters?: Parameters, run?) => {
    await world.server.warehouse.command(sql, parameters, run)
    const [copyId = 0] = (parameters?.['loadIds'] ?? []) as number[]
    if (sql.includes('INSERT INTO usage')) await happens(copyId)
  },
})

/** Requests a relocation of batches. @returns its id */
async function ask(owner: string, asked: number[]): Promise<number> {
  const scope = { startTimeMs: null, endTimeMs: null, source: null, olderThanVersion: null, batchIds: asked }
  const about = { owner, createdBy: 'key', scope, batches: asked.length, requests: 20 }
  return (await createRelocation(world.database, about)).id
}

/** Relocates one batch. @returns the relocation's row */
async function relocateBy(name: Case, warehouseOf: (relocationId: number) => Warehouse) {
  const { database } = world
  const [asked, owner] = [[batchIdOf(name)], `test-${name}`]
  const id = await ask(owner, asked)
  const taken = await takeRelocation(database, owner)
  const batches = taken ? await nextBatches(database.queries, taken, 1, { batches: 10, requests: 1_000 }) : []
  expect(batches.map(({ batchId }) => batchId)).toEqual(asked)
  const deps = { database, warehouse: warehouseOf(id), owner, ...unknown }
  await relocateBatches(deps, id, batches, 1, AbortSignal.timeout(60_000))
  await endRelocation(database, id, { state: 'done' })
  return await findRelocation(database.queries, id)
}

/** As `relocateBy`, with an event meanwhile. */
const relocateWhile = (name: Case, happens: (copyId: number, relocationId: number) => Promise<unknown>) =>
  relocateBy(name, (id) => whereThen((copyId) => happens(copyId, id)))
const nothing = async () => undefined
const unknown = { unknownClientArea: 'mainland_china' as const }

/** The batch is unchanged, and the copy is given up. */
async function expectUntouched(name: Case) {
  const batchId = batchIdOf(name)
  expect(await batchOf(batchId)).toEqual({ state: 'loaded', geo_version: null })
  expect(await placesOf(batchId)).toEqual(['//'])
  const states = (await loadsOf(batchId)).map((load) => load.state)
  expect([states[0], ['dead', 'purged'].includes(states[1] ?? 'dead')]).toEqual(['visible', true])
}

describe('a batch that is looked up again', () => {
  it.each<[Case, string, string]>([
    ['lostRequest', 'lacks a request', 'ALTER TABLE request DELETE WHERE load_id = {copyId:UInt64} AND bytes = 103'],
    [
      'otherColumn',
      'has another user agent',
      `ALTER TABLE request UPDATE user_agent = 'other' WHERE load_id = {copyId:UInt64} AND bytes = 103`,
    ],
    [
      'wrongUsage',
      'has less usage in a bucket',
      `ALTER TABLE usage UPDATE status_2xx = status_2xx - 1 WHERE load_id = {copyId:UInt64} AND bucket = '2026-09-05 00:10:00'`,
    ],
  ])('stays as it is when its copy does not add up: %s, which %s', async (name, _, damage) => {
    const ended = await relocateWhile(name, (copyId) =>
      world.server.warehouse.command(`${damage} SETTINGS mutations_sync = 2`, { copyId }),
    )
    expect(ended).toMatchObject({ batches_done: 0, batches_failed: 1, requests_moved: 0, requests_done: 20 })
    expect(ended?.problems_json).toBe(`[[${batchIdOf(name)},"does_not_add_up"]]`)
    await expectUntouched(name)
  })

  it('stays forgotten when it is forgotten meanwhile', async () => {
    const batchId = batchIdOf('forgotten')
    const ended = await relocateWhile('forgotten', () => world.server.call('DELETE', `/api/v1/log-batches/${batchId}`))
    expect(ended).toMatchObject({
      batches_done: 0,
      batches_skipped: 1,
      problems_json: `[[${batchId},"no_longer_counts"]]`,
    })
    expect(await batchOf(batchId)).toEqual({ state: 'forgotten', geo_version: null })
    expect((await loadsOf(batchId)).filter((load) => ['visible', 'pending'].includes(load.state))).toEqual([])
  })

  it('does not come back when it is forgotten and loaded again meanwhile', async () => {
    const [batchId, index] = [batchIdOf('grown'), Object.keys(cases).indexOf('grown')]
    await relocateWhile('grown', async () => {
      await world.server.call('DELETE', `/api/v1/log-batches/${batchId}`)
      const again = await world.server.load(logOf('09', index), { name: 'again.log', domain: `d${index}.example.test` })
      expect(again.json).toMatchObject({ state: 'loaded', requests: 20 })
    })
    const [sum] = await world.server.warehouse.rows<{ requests: number }>(
      `SELECT sum(requests) AS requests FROM usage WHERE domain = {domain:String} AND load_id NOT IN {hidden:Array(UInt64)}`,
      {
        domain: `d${index}.example.test`,
        hidden: (await world.database.write((tx) => readDataVersion(tx))).hiddenLoadIds,
      },
    )
    expect(sum?.requests).toBe(20)
  })

  it('is read as it was by who has pinned the state before, until that is let go', async () => {
    const { database, server } = world
    const pin = await takePin(database)
    const version = await database.write((tx) => readDataVersion(tx))
    const read = () =>
      server.warehouse.rows(
        `SELECT country, count() AS requests, sum(bytes) AS flux FROM request
         WHERE domain = 'd4.example.test' AND load_id <= {loadIdMax:UInt64} AND NOT has({hiddenLoadIds:Array(UInt64)}, load_id)
         GROUP BY country`,
        { loadIdMax: version.loadIdMax, hiddenLoadIds: version.hiddenLoadIds },
      )
    const before = await read()
    expect(await relocateWhile('pinned', nothing)).toMatchObject({ batches_done: 1, requests_moved: 20 })
    await purge({ database, warehouse: server.warehouse })
    expect(await read()).toEqual(before)
    expect(await placesOf(batchIdOf('pinned'))).toEqual(['cn/fujian/dianxin'])
    await pin.release()
    await purge({ database, warehouse: server.warehouse })
    expect(await read()).toEqual([])
    expect(await batchOf(batchIdOf('pinned'))).toEqual({ state: 'loaded', geo_version: 1 })
  })

  it('stays as it is when the relocation is canceled meanwhile', async () => {
    const canceled = relocateWhile('canceled', (_, id) => endRelocation(world.database, id, { state: 'canceled' }))
    await expect(canceled).rejects.toBeInstanceOf(RelocationEnded)
    await expectUntouched('canceled')
  })

  it('is not written again when nobody in it has moved', async () => {
    const batchId = batchIdOf('unmoved')
    await relocateWhile('unmoved', nothing)
    const loads = await loadsOf(batchId)
    await world.database.queries.updateTable('batch').set({ geo_version: null }).where('id', '=', batchId).execute()
    expect(await relocateWhile('unmoved', nothing)).toMatchObject({ batches_done: 1, requests_moved: 0 })
    const after = (await loadsOf(batchId)).filter((load) => load.state === 'visible')
    expect(after).toEqual(loads.filter((load) => load.state === 'visible'))
    expect(await batchOf(batchId)).toEqual({ state: 'loaded', geo_version: 1 })
  })

  it('stays as it is when a request of it is not kept any more, or ceases to be as its copy begins', async () => {
    const { database, server } = world
    onTestFinished(async () => void (await database.queries.deleteFrom('retention_floor').execute()))
    const floorMs = Date.parse('2026-09-01T00:15:00Z')
    const counting: Warehouse = {
      ...server.warehouse,
      rows: async (sql: string, ...others: [Parameters?, never?]) => {
        if (sql.includes('AS moved')) await raiseFloor(database, 'request', floorMs)
        return await server.warehouse.rows(sql, ...others)
      },
    }
    for (const [name, warehouse] of [
      ['floorMeanwhile', counting],
      ['dropped', server.warehouse],
    ] as const) {
      const ended = await relocateBy(name, () => warehouse)
      expect(ended?.problems_json).toBe(`[[${batchIdOf(name)},"requests_not_kept"]]`)
      await expectUntouched(name)
    }
  })
})

describe('the loop', () => {
  /** With a warehouse that runs `instead` in place of writing some loads' requests. */
  async function loopWith(name: string, instead: (loadIds: number[], run: Run) => Promise<void>) {
    const { database, server } = world
    const warehouse: Warehouse = {
      ...server.warehouse,
      command: async (sql, parameters?: Parameters, run?) => {
        if (run && sql.includes('INSERT INTO request')) await instead((parameters?.['loadIds'] ?? []) as number[], run)
        await server.warehouse.command(sql, parameters, run)
      },
    }
    const diskRoom = { look: async () => ({ loadingPaused: null }) }
    const parts = { ...unknown, database, warehouse, owner: `test-${name}`, diskRoom, log: silentLog }
    const loop = await startRelocationLoop({ ...parts, geo: { version: async () => 1 }, wakeLoader: () => undefined })
    onTestFinished(() => loop.stop())
    return { loop, owner: parts.owner }
  }

  it('goes on with the other batches when one fails again and again, and names it', async () => {
    const [fails, goesOn] = [batchIdOf('fails'), batchIdOf('goesOn')]
    const broken = (await loadsOf(fails))[0]?.load_id ?? 0
    const { loop, owner } = await loopWith('fails', async (loadIds) => {
      if (loadIds.includes(broken)) throw new Error('of a test')
    })
    const id = await ask(owner, [fails, goesOn])
    loop.wake()
    const ended = await untilEnded(id)
    expect(ended).toMatchObject({ state: 'done', batches_done: 1, batches_failed: 1, requests_done: 40 })
    expect(ended?.problems_json).toBe(`[[${fails},"failed"]]`)
    expect([await placesOf(fails), await placesOf(goesOn)]).toEqual([['//'], ['cn/fujian/dianxin']])
    await expectUntouched('fails')
  })

  it('stops at once what is canceled', async () => {
    let begin: () => void = () => undefined
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    const { loop, owner } = await loopWith('interrupted', async (_, run) => {
      begin()
      await new Promise((resolve) => run.signal.addEventListener('abort', resolve, { once: true }))
      run.signal.throwIfAborted()
    })
    const id = await ask(owner, [batchIdOf('interrupted')])
    loop.wake()
    await begun
    expect(await loop.cancel(id)).toBe(true)
    expect(await loop.cancel(id)).toBe(false)
    await loop.stop()
    expect(await findRelocation(world.database.queries, id)).toMatchObject({ state: 'canceled', requests_done: 0 })
    await expectUntouched('interrupted')
  })
})

async function untilEnded(id: number) {
  for (;;) {
    const row = await findRelocation(world.database.queries, id)
    if (row?.ended_at_ms) return row
    await delay(30)
  }
}

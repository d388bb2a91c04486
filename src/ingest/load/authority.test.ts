import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openQueue, type Queue } from '../../../test/harness/load-queue.ts'
import { huaweiLine } from '../../../test/harness/log-lines.ts'
import { startLocalServer, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import { createAccount, createFirstAccount, newFirstKey } from '../../accounts/accounts.ts'
import { claimDomain, releaseDomain } from '../../accounts/ownership.ts'
import { openSecretBox } from '../../auth/secret-box.ts'
import type { NewBatch } from '../../ledger/batches.ts'
import type { Parameters, Run, Warehouse } from '../../ports/warehouse/warehouse.ts'

let server: WarehouseServer
beforeAll(async () => {
  server = await startLocalServer()
})
afterAll(() => server.stop())

const box = openSecretBox(randomBytes(32))
const names = ['a.test', 'b.test', 'c.test']

/** Two customers and the first account; batches have lines of three domains, one, two and three. */
async function openWorld() {
  const test = await openQueue(server)
  const first = newFirstKey()
  await createFirstAccount(test.database, box, first)
  const accountOf = async (name: string) => (await createAccount(test.database, name))?.id ?? ''
  const [ours, theirs] = [await accountOf('ours'), await accountOf('theirs')]
  let queued = 0
  const lines = (file: string) =>
    names.flatMap((domain, n) => Array.from({ length: n + 1 }, (_, i) => huaweiLine({ domain, path: `/${file}/${i}` })))
  const queue = (batch: Partial<NewBatch>, ending = 'log') => {
    const name = `${++queued}.${ending}`
    const text = lines(name).join('')
    const content = ending.endsWith('gz') ? gzipSync(text) : text
    return test.queue(name, content, { accountId: ours, mayDeliver: 'account', ...batch })
  }
  const give = (name: string, accountId: string) => claimDomain(test.database, accountId, name)
  const take = (name: string) => releaseDomain(test.database, name)
  return { ...test, ours, theirs, queue, queueAs: test.queue, give, take }
}
type World = Awaited<ReturnType<typeof openWorld>>

/** Counting requests, by domain. */
async function counting({ database, warehouse }: World): Promise<Record<string, number>> {
  const loads = await database.queries.selectFrom('load').select('load_id').where('state', '=', 'visible').execute()
  const rows = await warehouse.rows<{ domain: string; requests: number }>(
    'SELECT domain, sum(requests) AS requests FROM usage WHERE load_id IN {loadIds:Array(UInt64)} GROUP BY domain',
    { loadIds: loads.map((load) => load.load_id) },
  )
  return Object.fromEntries(rows.map((row) => [row.domain, row.requests]))
}

/** The warehouse, with an event once the rows of the first loads are written. */
function whereThen({ warehouse }: Pick<Queue, 'warehouse'>, happens: () => Promise<unknown>): Warehouse {
  let hasHappened = false
  return {
    ...warehouse,
    command: async (sql: string, parameters?: Parameters, run?: Run) => {
      await warehouse.command(sql, parameters, run)
      if (!sql.includes('INSERT INTO usage') || hasHappened) return
      hasHappened = true
      await happens()
    },
  }
}

describe('a batch may deliver', () => {
  it.each<{ why: string; batch: Partial<NewBatch>; counts: object }>([
    { why: 'its account’s domains alone', batch: {}, counts: { 'a.test': 1, 'b.test': 2 } },
    {
      why: 'of its key’s list what the account has',
      batch: { allowedDomains: ['b.test', 'c.test'] },
      counts: { 'b.test': 2 },
    },
    { why: 'nothing with a list of others’ domains', batch: { allowedDomains: ['c.test'] }, counts: {} },
    { why: 'nothing with an empty list', batch: { allowedDomains: [] }, counts: {} },
    {
      why: 'anything when an operator did',
      batch: { mayDeliver: 'any' },
      counts: { 'a.test': 1, 'b.test': 2, 'c.test': 3 },
    },
    {
      why: 'the list of the first account’s key, whoever owns it',
      batch: { mayDeliver: 'list', allowedDomains: ['a.test', 'c.test'] },
      counts: { 'a.test': 1, 'c.test': 3 },
    },
  ])('$why', async ({ batch, counts }) => {
    const world = await openWorld()
    for (const [name, account] of [
      ['a.test', world.ours],
      ['b.test', world.ours],
      ['c.test', world.theirs],
    ] as const)
      await world.give(name, account)
    const id = await world.queue(batch)
    await world.loadAll()
    expect(await counting(world)).toEqual(counts)
    const countsNothing = Object.keys(counts).length === 0
    const ended = countsNothing ? { state: 'failed', error_code: 'FLUXPORT.0110' } : { state: 'loaded', lines: 6 }
    expect(await world.batch(id)).toMatchObject(ended)
  })

  it('what its account has as it is loaded, not as it came', async () => {
    const world = await openWorld()
    await world.give('a.test', world.ours)
    await world.give('b.test', world.ours)
    await world.queue({ allowedDomains: ['a.test', 'b.test', 'c.test'] })
    await world.queue({})
    await world.take('a.test')
    await world.give('a.test', world.theirs)
    await world.give('c.test', world.ours)
    await world.loadAll()
    expect(await counting(world)).toEqual({ 'b.test': 4, 'c.test': 6 })
  })

  it('in a group each what its own account has', async () => {
    const world = await openWorld()
    await world.give('a.test', world.ours)
    await world.give('b.test', world.theirs)
    const mine = [await world.queue({}), await world.queue({}), await world.queue({})]
    const others = [await world.queue({ accountId: world.theirs }), await world.queue({ accountId: world.theirs })]
    await world.loadAll()
    for (const id of mine) expect(await world.batch(id)).toMatchObject({ requests: 1, rejected_lines: 5 })
    for (const id of others) expect(await world.batch(id)).toMatchObject({ requests: 2, rejected_lines: 4 })
  })
})

describe('while a load is written', () => {
  /** Loads some batches, with an event before the first of them counts. */
  async function loadWhile(count: number, happens: (world: World) => Promise<unknown>, ending?: string) {
    const world = await openWorld()
    await world.give('a.test', world.ours)
    await world.give('b.test', world.ours)
    for (let n = 0; n < count; n++) await world.queue({}, ending)
    await world.loadAll({ warehouse: whereThen(world, () => happens(world)) })
    const states = await world.database.queries.selectFrom('load').select('state').orderBy('load_id').execute()
    return { counts: await counting(world), given: states.filter(({ state }) => state === 'visible').length }
  }

  const cases = [
    { batches: 1, ending: 'log' },
    { batches: 3, ending: 'log' },
    { batches: 2, ending: 'log.gz' },
  ]

  it.each(cases)('a domain that goes away does not count: $batches $ending', async ({ batches, ending }) => {
    const lose = async (world: World) => {
      await world.take('b.test')
      await world.give('b.test', world.theirs)
    }
    const found = await loadWhile(batches, lose, ending)
    expect(found).toEqual({ counts: { 'a.test': batches }, given: batches })
  })

  it.each(cases)('a domain that comes counts: $batches $ending', async ({ batches, ending }) => {
    const found = await loadWhile(batches, (world) => world.give('c.test', world.ours), ending)
    expect(found).toEqual({
      counts: { 'a.test': batches, 'b.test': 2 * batches, 'c.test': 3 * batches },
      given: batches,
    })
  })

  it('what goes and comes back meanwhile is not written again', async () => {
    const world = await openWorld()
    for (const name of names) await world.give(name, world.ours)
    await world.queue({})
    const happens = async () => {
      await world.take('b.test')
      await world.give('b.test', world.ours)
    }
    await world.loadAll({ warehouse: whereThen(world, happens) })
    const states = await world.database.queries.selectFrom('load').select('state').execute()
    expect(states).toEqual([{ state: 'visible' }])
  })
})

describe('an empty file', () => {
  it('tells of the domain of its name only when its key may deliver that', async () => {
    const world = await openWorld()
    await world.give('a.test', world.ours)
    await world.give('b.test', world.theirs)
    for (const domain of names) {
      const batch = { accountId: world.ours, mayDeliver: 'account' as const, allowedDomains: ['a.test', 'b.test'] }
      await world.queueAs(`2026090108-${domain}.log`, '', batch)
    }
    await world.loadAll()
    const told = await world.warehouse.rows('SELECT file_domain AS domain FROM load_span ORDER BY 1')
    expect(told).toEqual([{ domain: 'a.test' }])
    const loads = await world.database.queries.selectFrom('load').select('state').execute()
    expect(loads).toEqual([{ state: 'visible' }])
  })
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openQueue, type Queue } from '../../../test/harness/load-queue.ts'
import { huaweiLine } from '../../../test/harness/log-lines.ts'
import { startLocalServer, type WarehouseServer } from '../../../test/harness/warehouse.ts'
import { keyHalves } from '../../privacy/kept-sql.ts'
import type { LoadPrivacy } from '../../privacy/load-privacy.ts'
import { asLogged } from '../../privacy/profile.ts'

let server: WarehouseServer
beforeAll(async () => {
  server = await startLocalServer()
})
afterAll(() => server.stop())

const key = { [keyHalves.low]: '17279655951921914625', [keyHalves.high]: '1167088121787636990' }
const under = (profile: Partial<LoadPrivacy['profile']>): LoadPrivacy => ({
  profile: { ...asLogged, ...profile },
  clientKey: async () => key,
})
const whole = under({})
const truncated = under({ clientAddresses: 'truncated' })
const dropped = under({ queryStrings: { kind: 'drop' } })
const filtered = under({ clientAddresses: 'truncated', queryStrings: { kind: 'only', names: ['id'] } })

/** Such lines with a distinct client each, of one network. */
const linesOf = (from: number, to: number, network = 0) =>
  Array.from({ length: to - from }, (_, i) =>
    huaweiLine({
      path: `/?id=${(from + i) % 3}&token=${from + i}`,
      referrer: `https://r.test/?from=${from + i}`,
    }).replace('198.51.100.7', `198.51.${network}.${from + i}`),
  ).join('')

describe('a log that was cut anew', () => {
  it.each([
    ['whole', 'truncated', whole, truncated],
    ['truncated', 'whole', truncated, whole],
    ['with queries', 'without', whole, dropped],
    ['without queries', 'with some and truncated', dropped, filtered],
    ['truncated', 'truncated', truncated, truncated],
  ])('is refused when its requests were loaded %s, and come %s', async (_first, _then, first, then) => {
    const test = await openQueue(server)
    await test.queue('1.log', linesOf(0, 60))
    await test.loadAll({ privacy: first })
    await test.queue('2.log', linesOf(20, 60))
    await test.loadAll({ privacy: then })
    expect(await test.batch(2)).toMatchObject({ state: 'failed', error_code: 'FLUXPORT.0106' })
  })

  it('is not what other clients of the same network have asked for', async () => {
    const test = await openQueue(server)
    const more = [linesOf(100, 160), linesOf(160, 220), linesOf(0, 60, 1)]
    await test.queue('1.log', linesOf(0, 60))
    await test.loadAll({ privacy: whole })
    for (const [n, lines] of more.entries()) await test.queue(`${n + 2}.log`, lines) // these are loaded as a group
    await test.loadAll({ privacy: filtered })
    for (const id of [1, 2, 3, 4]) expect(await test.batch(id)).toMatchObject({ state: 'loaded', requests: 60 })
    const sql =
      'SELECT uniqExact(client_hash) AS hashes, uniqExact(client_ip) AS addresses FROM request WHERE client_hash != 0'
    expect(await test.warehouse.rows(sql)).toEqual([{ hashes: 180, addresses: 2 }])
  })

  it('is refused when a small file is in it whole, and says how many of its requests are new', async () => {
    const test = await openQueue(server)
    await test.queue('1.log', linesOf(0, 9))
    await test.loadAll()
    await test.queue('2.log', linesOf(100, 101) + linesOf(0, 9))
    await test.queue('3.log', linesOf(7, 12)) // two equal lines are chance
    await test.loadAll()
    const refused = { state: 'failed', error_code: 'FLUXPORT.0106', requests: 10, overlap_requests: 9 }
    expect(await test.batch(2)).toMatchObject({ ...refused, error_message: expect.stringMatching(/^9 of its 10 /) })
    expect(await test.batch(3)).toMatchObject({ state: 'loaded', requests: 5, overlap_requests: null })
  })
})

describe('a file that is delivered again', () => {
  /** A line that was lost in the first delivery. */
  const garbled = (lines: string, n: number) =>
    lines
      .split('\n')
      .map((line, i) => (i === n ? 'rubbish' : line))
      .join('\n')
  const counting = ({ warehouse, database }: Queue) =>
    database.queries
      .selectFrom('load')
      .select('load_id')
      .where('state', '=', 'visible')
      .execute()
      .then((loads) =>
        warehouse.rows('SELECT sum(requests) AS requests FROM usage WHERE load_id IN {ids:Array(UInt64)}', {
          ids: loads.map((load) => load.load_id),
        }),
      )

  it.each([0, 30])('takes the place of a delivery with line %i damaged, and has all of its requests', async (n) => {
    const test = await openQueue(server)
    await test.queue('day.log', garbled(linesOf(0, 60), n))
    await test.loadAll()
    expect(await test.batch(1)).toMatchObject({ state: 'loaded', requests: 59, rejected_lines: 1 })
    await test.queue('day.log', linesOf(0, 61))
    await test.loadAll()
    expect(await test.batch(2)).toMatchObject({ state: 'loaded', requests: 61, overlap_requests: null })
    expect(await test.batch(1)).toMatchObject({ state: 'forgotten' })
    expect(await counting(test)).toEqual([{ requests: 61 }])
  })

  it.each([
    ['under another name', 0, 'other.log', linesOf(0, 60), 'FLUXPORT.0106'],
    ['without one of its requests', 0, 'day.log', linesOf(0, 58) + linesOf(100, 110), 'FLUXPORT.0106'],
    ['with requests of another file', 0, 'day.log', linesOf(0, 60) + linesOf(120, 140), 'FLUXPORT.0106'],
    ['under another name, beginning alike', 30, 'other.log', linesOf(0, 60), 'FLUXPORT.0101'],
    ['without most requests, beginning alike', 30, 'day.log', linesOf(0, 25) + linesOf(100, 120), 'FLUXPORT.0101'],
  ])('is refused %s', async (_why, damaged, name, content, code) => {
    const test = await openQueue(server)
    await test.queue('day.log', garbled(linesOf(0, 60), damaged))
    await test.loadAll()
    await test.queue('more.log', linesOf(120, 140))
    await test.loadAll()
    await test.queue(name, content)
    await test.loadAll()
    expect(await test.batch(3)).toMatchObject({ state: 'failed', error_code: code })
    expect(await counting(test)).toEqual([{ requests: 79 }])
  })
})

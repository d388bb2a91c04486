import { join } from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { requestsOf } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Json, newAccount } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(() => server.stop())

const domain = 'range.example.test'
/** Lines of 10 bytes each, a second after another. */
const lines = (startSecond: number, count: number, path: string) =>
  Array.from({ length: count }, (_, i) => {
    const second = startSecond + i
    const time = `01/Sep/2026:08:${String(Math.floor(second / 60)).padStart(2, '0')}:${String(second % 60).padStart(2, '0')} +0800`
    return huaweiLine({ domain, time, bytes: 10, path: `/${path}/${i}` })
  }).join('')
const load = async (name: string, content: string, source = 'edge') =>
  (await server.load(content, { name, source })).json
const startMs = Date.parse('2026-09-01T08:00:00+08:00')
const forget = (body: object) =>
  server.call('POST', '/api/v1/log-batches/forget', {
    ...{ source: 'edge', start_time: startMs + 60_000, end_time: startMs + 120_000 },
    ...body,
  })
const stateOf = async (batch: Json) =>
  (await server.call('GET', `/api/v1/log-batches/${batch['batch_id']}`)).json['state']

it('forgets the batches of a source whose requests are all within the range, once it was said what these are', async () => {
  const inside = [await load('a.log', lines(60, 20, 'a')), await load('b.log', lines(90, 30, 'b'))]
  const dropped = await load('c.log', `${lines(70, 20, 'c')}${'rubbish\n'.repeat(20)}`)
  const across = await load('d.log', lines(110, 20, 'd'))
  const before = await load('e.log', lines(0, 60, 'e'))
  const elsewhere = await load('f.log', lines(60, 7, 'f'), 'other')
  const all = [...inside, dropped, across, before, elsewhere]
  const states = () => Promise.all(all.map(stateOf))
  const counting = ['loaded', 'loaded', 'quarantined', 'loaded', 'loaded', 'loaded']
  const expected = {
    forgotten: { batches: 2, requests: 50, flux: 500 },
    dropped: { batches: 1, requests: 20, flux: 200 },
    left: { batches: 1, requests: 20, flux: 200, batch_ids: [across['batch_id']] },
  }
  const told = await forget({ dry_run: true })
  expect(told.json).toEqual({ dry_run: true, ...expected })
  expect([await states(), await requestsOf(server, domain)]).toEqual([counting, 137])
  const done = await forget({})
  expect(done.json).toEqual({ dry_run: false, ...expected })
  expect(await states()).toEqual(['forgotten', 'forgotten', 'forgotten', 'loaded', 'loaded', 'loaded'])
  expect(await requestsOf(server, domain)).toBe(87)
  const again = await forget({})
  expect(again.json).toMatchObject({ forgotten: { batches: 0 }, dropped: { batches: 0 }, left: { batches: 1 } })
  expect(await load('a-again.log', lines(60, 20, 'a'))).toMatchObject({ state: 'loaded', requests: 20 })
})

it('says of an account that there is not', async () => {
  const { json, status } = await forget({ account_id: 'nobody', dry_run: true })
  expect([status, json['error_msg']]).toEqual([400, expect.stringContaining('there is no account "nobody"')])
})

it('forgets at most 2,000 batches at once, and says so before it would', async () => {
  const batch = await load('many.log', lines(60, 1, 'many'), 'many')
  const ledger = new BetterSqlite3(join(server.dataDir, 'fluxport.sqlite'))
  const row = ledger.prepare('select * from batch where id = ?').get(batch['batch_id']) as Record<string, unknown>
  const names = Object.keys(row)
  const copy = ledger.prepare(`insert into batch (${names}) values (${names.map((name) => `@${name}`)})`)
  ledger.transaction(() => {
    for (let n = 1; n <= 2_000; n++) copy.run({ ...row, id: 1_000 + n })
  })()
  ledger.close()
  for (const dry_run of [true, false]) {
    const { status, text } = await forget({ source: 'many', dry_run })
    expect([status, text], text).toEqual([400, expect.stringContaining('2001 batches, and at most 2000')])
  }
  expect(await stateOf(batch)).toBe('loaded')
})

it('refuses a range that ends before it starts, and finds nothing in another account', async () => {
  expect((await forget({ end_time: startMs })).json).toMatchObject({ error_code: 'CDN.0001' })
  const { account_id: another } = await newAccount(server, 'another')
  const other = await forget({ account_id: another })
  expect(other.json).toMatchObject({ forgotten: { batches: 0 }, left: { batches: 0 } })
})

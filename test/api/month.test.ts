import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { assign, newTenant, push } from '../harness/customers.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, newAccount, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const path = '/api/v1/month-deliveries?month=2026-09&time_zone=Europe/Berlin'
const www = 'www.example.test'
const bytes = 1_500_000
/** The fifth came not at all, the ninth as garbage, the sixteenth with few lines. */
const days = Array.from({ length: 30 }, (_, n) => n + 1).filter((day) => day !== 5 && day !== 9)
const linesOn = (day: number) => (day === 16 ? 10 : 120 + day)
const two = (n: number) => String(n).padStart(2, '0')

let server: TestServer
let customer: Key & { account_id: string }
beforeAll(async () => {
  server = await startTestServer()
  customer = await newAccount(server, 'customer')
  await state('origin', { files_per_day: 1, day_zone: 'Europe/Berlin', delay_seconds: 43_200 })
  await Promise.all(days.map((day) => load('origin', nameOf(day), textOf(day, linesOn(day)))))
  const { json } = await server.load('garbage\n'.repeat(9), { name: nameOf(9), source: 'origin' })
  expect(json['error_code']).toBe('FLUXPORT.0103')
}, 600_000)
afterAll(() => server.stop())

const nameOf = (day: number) => `access.log-202609${two(day)}`
const state = (source: string, stated: Json) => server.call('PUT', `/api/v1/coverage/cadences/${source}`, stated)
/** Lines over a day of Berlin, the first in its first hour and the last in its last. */
const textOf = (day: number, count: number) =>
  (day === 7 ? 'no line\n' : '') +
  Array.from({ length: count }, (_, n) => {
    const second = 600 + Math.floor((n * 85_000) / Math.max(1, count - 1))
    const clock = [second / 3600, (second / 60) % 60, second % 60].map((part) => two(Math.floor(part))).join(':')
    return huaweiLine({ domain: www, time: `${two(day)}/Sep/2026:${clock} +0200`, bytes, path: `/${day}/${n}` })
  }).join('')
async function load(source: string, name: string, text: string) {
  const { json, text: answer } = await server.load(text, { name, source, format: 'huawei_offline' })
  expect(json['state'], answer).toBe('loaded')
}
const get = (query = '', key: Key = server.credentials) => sendSigned(server, { target: `${path}${query}`, key })
const dayOf = (json: Json, day: number) =>
  (json['days'] as Json[]).find((one) => one['date'] === `2026-09-${two(day)}` && one['domain_name'] === www) ?? {}
const textsOf = (json: Json) => (json['faults'] as Json[]).map((one) => String(one['text']))

describe('GET /api/v1/month-deliveries', () => {
  it('says of each day and domain what came', async () => {
    const { json, status, text } = await get()
    expect([status, json['total']], text).toEqual([200, 30])
    for (const day of days)
      expect(dayOf(json, day)).toMatchObject({
        ...{ files_expected: 1, files_come: 1, files_refused: 0, files_late: 0 },
        ...{ requests: linesOn(day), flux: linesOn(day) * bytes, rejected_lines: day === 7 ? 1 : 0 },
        buckets: { final: 288, missing: 0 },
        out_of_line: day === 16 ? 'low' : null,
      })
    const none = { files_expected: 1, files_come: 0, requests: 0, flux: 0 }
    expect(dayOf(json, 5)).toMatchObject({ ...none, files_refused: 0, buckets: { missing: 288 }, out_of_line: 'low' })
    expect(dayOf(json, 9)).toMatchObject({ ...none, files_refused: 1, buckets: { refused: 288 }, out_of_line: 'low' })
  })

  it('counts a straggler as late, and nothing of a backlog', async () => {
    const wrote = (day: number, at: string) =>
      server.warehouse.command(
        `ALTER TABLE load_span UPDATE written_at = toDateTime({at:UInt32}, 'UTC') WHERE file_name = {name:String}
         SETTINGS mutations_sync = 2`,
        { at: Date.parse(at) / 1000, name: nameOf(day) },
      )
    await wrote(1, '2026-09-02T08:00:00Z')
    await wrote(2, '2026-09-03T09:59:00Z')
    await wrote(3, '2026-09-04T10:01:00Z')
    const { json } = await get()
    expect([1, 2, 3].map((day) => dayOf(json, day)['files_late'])).toEqual([0, 0, 1])
  })

  it('names each thing that is wrong', async () => {
    const { json } = await get()
    expect(textsOf(json)).toEqual([
      expect.stringMatching(/^batch \d+ of source origin, access\.log-20260909 that came at .*FLUXPORT\.0103/),
      `a file of source origin is missing of 2026-09-05: ${www}`,
      expect.stringMatching(/^www\.example\.test has 0 requests on 2026-09-05, less than half .* weekday, 13\d/),
      expect.stringContaining('2026-09-09'),
      expect.stringContaining('has 10 requests on 2026-09-16'),
      'rejected lines of 1 loaded file of source origin are in no figure: 1 fields (access.log-20260907)',
    ])
    expect(json['faults_total']).toBe(6)
    expect((json['faults'] as Json[])[0]).toMatchObject({
      start_time: Date.parse('2026-09-09T00:00:00+02:00'),
      end_time: Date.parse('2026-09-10T00:00:00+02:00'),
    })
  })

  it('gives days in pages', async () => {
    const { json } = await get('&limit=7&offset=28')
    expect((json['days'] as Json[]).map(({ date }) => date)).toEqual(['2026-09-29', '2026-09-30'])
    expect(json['total']).toBe(30)
  })

  it('says nothing of another account’s domains and batches', async () => {
    const { json, text } = await get('', customer)
    expect([json['total'], json['faults_total']]).toEqual([0, 0])
    expect(text).not.toMatch(/origin|access\.log/)
    expectError(await get(`&domain_name=${www}`, customer), 404, 'CDN.0105')
    expectError(await get('&account=all', customer), 403, 'CDN.0004')
  })

  it('has a day open whose file counts in part, until the file comes whole', async () => {
    const stateOf = async () => (dayOf((await get()).json, 20)['buckets'] as Json)['final']
    expect(await stateOf()).toBe(288)
    const grown = `${textOf(20, linesOn(20))}${'\0'.repeat(4_000)}\n`
    const { json } = await server.load(grown, { name: nameOf(20), source: 'origin', format: 'huawei_offline' })
    expect(json['error_code']).toBe('FLUXPORT.0110')
    expect(await stateOf()).toBe(0)
    expect(textsOf((await get()).json)[0]).toContain('access.log-20260920')
    await load('origin', nameOf(20), `${textOf(20, linesOn(20))}${textOf(20, 3).replaceAll('/20/', '/20b/')}`)
    expect(await stateOf()).toBe(288)
  })

  it('replaces no number in a name that a sender chose', async () => {
    const tenant = await newTenant(server, 'namer')
    await assign(server, 'www.namer.example.test', tenant.accountId)
    const name = 'batch 1, 2, 99999999999999999999.log'
    const query = `wait=true&format=huawei_offline&name=${encodeURIComponent(name)}`
    await push(server, tenant.token, 'garbage\n'.repeat(20), query)
    const month = new Date().toISOString().slice(0, 7)
    const target = `/api/v1/month-deliveries?month=${month}&time_zone=UTC`
    const { json, status } = await sendSigned(server, { target, key: tenant.key })
    expect([status, textsOf(json)[0]]).toEqual([200, expect.stringContaining(name)])
  })

  it('names a customer’s refused push by the number that the customer was told', async () => {
    const tenant = await newTenant(server, 'other-customer')
    await assign(server, 'www.other.example.test', tenant.accountId)
    await push(server, tenant.token, 'garbage\n'.repeat(20), 'wait=true&format=huawei_offline')
    const { json: batches } = await server.call('GET', '/api/v1/log-batches?limit=1000')
    const failed = (batches['batches'] as Json[]).find((one) => one['account_id'] === tenant.accountId)
    const month = new Date().toISOString().slice(0, 7)
    const target = `/api/v1/month-deliveries?month=${month}&time_zone=UTC`
    const { json } = await sendSigned(server, { target, key: tenant.key })
    const [fault] = json['faults'] as Json[]
    expect([failed?.['state'], fault?.['kind']]).toEqual(['failed', 'refused'])
    expect(fault?.['text']).toContain(`batch ${fault?.['batch_id']} `)
    // The ledger's number would tell how many batches others have.
    expect(fault?.['batch_id']).not.toBe(failed?.['batch_id'])
    const dropped = await server.call('DELETE', `/api/v1/log-batches/${failed?.['batch_id']}`)
    expect([dropped.status, dropped.json['state']]).toEqual([200, 'forgotten'])
    const { json: then } = await sendSigned(server, { target, key: tenant.key })
    expect((then['faults'] as Json[]).map(({ kind }) => kind)).not.toContain('refused')
  })

  it.each([
    ['month=2026-13', 'month'],
    ['month=2026-9', 'month'],
    ['month=2099-01', 'month'],
    ['month=1970-01', 'month'],
    ['month=2026-09&time_zone=Berlin', 'time_zone'],
    ['month=2026-09&limit=0', 'limit'],
    ['limit=1', 'month'],
  ])('refuses %s, naming %s', async (query, parameter) => {
    const answer = await sendSigned(server, { target: `/api/v1/month-deliveries?${query}` })
    expect(expectError(answer, 400, 'CDN.0001')).toContain(parameter)
  })

  it('has nothing left to name after the repair', async () => {
    await load('origin', nameOf(5), textOf(5, 130))
    await load('origin', nameOf(9), textOf(9, 130))
    await load('origin', 'access-extra.log', textOf(16, 200).replaceAll('/16/', '/16b/'))
    await load('origin', nameOf(7), textOf(7, linesOn(7)).replace('no line\n', ''))
    const { json } = await get()
    expect(textsOf(json)).toEqual([
      `${www} has 2 files of 2026-09-16 and its sources state 1: see whether requests count twice`,
    ])
    const list = (await sendSigned(server, { target: '/api/v1/log-batches?limit=1000' })).json['batches'] as Json[]
    const parts = list.filter(
      ({ name, state }) => [nameOf(16), 'access-extra.log'].includes(String(name)) && state === 'loaded',
    )
    for (const { batch_id: id } of parts)
      await sendSigned(server, { method: 'DELETE', target: `/api/v1/log-batches/${id}` })
    await load('origin', nameOf(16), textOf(16, 130))
    expect(textsOf((await get()).json)).toEqual([])
    const { out, code } = await runCommand(server.dataDir, 'month', '2026-09', '--time-zone', 'Europe/Berlin')
    expect([code, out.trim().split('\n').at(-1)]).toEqual([0, 'nothing is missing'])
    expect(out).toMatch(/^2026-09-05 +www\.example\.test +1 +1 +0 +1 +130 +0\.195 +0 +final +-$/m)
  })

  it('counts a refused file for the domains of its source alone', async () => {
    const text = huaweiLine({ domain: 'other.example.test', time: '11/Sep/2026:10:00:00 +0200' })
    await load('elsewhere', 'other.log', text)
    await server.load('garbage\n'.repeat(8), { name: 'cut-20260909.log', source: 'origin' })
    const { json } = await get()
    const other = (json['days'] as Json[]).find(
      (one) => one['date'] === '2026-09-09' && one['domain_name'] === 'other.example.test',
    )
    expect([other?.['files_refused'], dayOf(json, 9)['files_refused']]).toEqual([0, 1])
  })
})

import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/ports/database/database.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import { runCommand } from '../harness/command.ts'
import { assign, linesOf, newTenant, push, type Tenant, theHour } from '../harness/customers.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const www = 'www.example.test'
const own = 'own.example.test'
const at = (minute: number, bytes: number, more: object = {}) =>
  huaweiLine({ time: `01/Sep/2026:08:${String(minute).padStart(2, '0')}:00 +0800`, bytes, domain: www, ...more })

let server: TestServer
let database: Database
let tenant: Tenant
let firstBatch: number
beforeAll(async () => {
  server = await startTestServer({ clientAddresses: 'truncated', queryStrings: 'without:token' })
  database = await openSqlite(join(server.dataDir, 'fluxport.sqlite'))
  tenant = await newTenant(server, 'explain')
  await assign(server, own, tenant.accountId)
  firstBatch = await load('first.log', at(0, 3_000, { path: '/a?token=secret&x=1' }) + at(1, 4_500, { status: 404 }))
  await load('second.log', at(2, 7_500) + at(31, 100) + at(3, 50, { domain: own }))
  await push(server, tenant.token, linesOf(own, 3))
})
afterAll(async () => {
  await database.close()
  await server.stop()
})

async function load(name: string, text: string): Promise<number> {
  const { json } = await server.load(text, { name, format: 'huawei_offline', source: 'the-edge' })
  expect(json['state']).toBe('loaded')
  return Number(json['batch_id'])
}

const get = (query: string, key: Key = server.credentials, headers: Record<string, string> = {}) =>
  sendSigned(server, { target: `/api/v1/explain?${query}`, key, headers })
const of = (domain: string) => `domain_name=${domain}&time=${theHour.start_time}`

describe('GET /api/v1/explain', () => {
  it('names the loads of a figure, their parts, and its first lines', async () => {
    const { json, text, status, headers } = await get(`${of(www)}&interval=3600`)
    expect(status, text).toBe(200)
    expect(json).toMatchObject({ value: 15_100, sum: 15_100, loads_total: 2, lines_total: 4, lines_missing: null })
    expect(json['loads']).toMatchObject([
      { name: 'second.log', source: 'the-edge', value: 7_600, lines: 2, is_counting: true },
      { name: 'first.log', batch_id: firstBatch, value: 7_500, lines: 2, client_addresses: 'truncated' },
    ])
    expect((json['lines'] as Json[]).map(({ bytes }) => bytes)).toEqual([3_000, 4_500, 7_500, 100])
    const again = await get(`${of(www)}&interval=3600`, server.credentials, {
      'If-None-Match': String(headers['etag']),
    })
    expect(again.status).toBe(304)
    const two = await get(`${of(www)}&interval=month&limit=2`)
    expect((two.json['lines'] as Json[]).map(({ bytes }) => bytes)).toEqual([3_000, 4_500])
    expect(two.json).toMatchObject({ lines_total: 4, loads_total: 2 })
  })

  it('shows what privacy kept, and no more', async () => {
    const { json, text } = await get(of(www))
    const [line] = json['lines'] as Json[]
    expect(line).toMatchObject({ client: '198.51.100.0/24', path: '/a', query: 'x=1' })
    expect(text).not.toMatch(/secret|198\.51\.100\.7/)
  })

  it('explains a peak by its highest 5 minutes, and one status alone', async () => {
    const peak = await get(`${of(www)}&interval=3600&metric=peak_bandwidth`)
    expect(peak.json).toMatchObject({ value: 400, measure: 'flux', sum: 15_000, point_time: theHour.start_time })
    const one = await get(`${of(www)}&interval=3600&metric=requests&status=404`)
    expect(one.json).toMatchObject({ value: 1, sum: 1, loads_total: 1, cell: { status: '404' } })
    expect(one.json['lines']).toMatchObject([{ status: 404 }])
    const none = await get(`${of(www)}&metric=status_5xx`)
    expect(none.json).toMatchObject({ value: 0, sum: 0, loads_total: 0, lines_total: 0, lines: [] })
    const later = await get(`domain_name=${www}&time=${theHour.end_time}`)
    expect(later.json).toMatchObject({ value: null, sum: null, loads: [] })
  })

  it('tells a customer the parts of another account’s batches, and not their names', async () => {
    const { json, text } = await get(`${of(own)}&interval=3600&metric=requests`, tenant.key)
    expect(json['value'], text).toBe(4)
    expect(json['loads']).toMatchObject([
      { name: expect.any(String), value: 3 },
      { name: null, source: null, format: null, create_time: null, value: 1 },
    ])
    expect(text).not.toMatch(/second\.log|the-edge/)
    const { json: asOperator } = await get(`${of(own)}&interval=3600&account=${tenant.accountId}`)
    expect(JSON.stringify(asOperator['loads'])).toContain('second.log')
  })

  it('answers alike for foreign and unknown domains', async () => {
    const [foreign, unknown] = [await get(of(www), tenant.key), await get(of('x.test'), tenant.key)]
    expect(expectError(foreign, 404, 'CDN.0105')).toBe(expectError(unknown, 404, 'CDN.0105').replace('x.test', www))
    expectError(await get(`${of(own)}&account=all`, tenant.key), 403, 'CDN.0004')
  })

  it.each([
    'metric=origin_flux',
    'interval=60',
    'status=99',
    'status_class=4',
    'hit=x',
    'country=xx',
    'time_zone=Mars',
    'limit=101',
  ])('refuses %s and names the parameter', async (query) => {
    expect(expectError(await get(`${of(www)}&${query}`), 400, 'CDN.0001')).toContain(query.split('=')[0])
  })

  it('wants one domain, and a time that is not in the future', async () => {
    for (const wrong of ['domain_name=all', `domain_name=${www},${own}`])
      expect(expectError(await get(`${wrong}&time=0`), 400, 'CDN.0001')).toContain('domain_name')
    expect(expectError(await get(`domain_name=${www}&time=4102444800000`), 400, 'CDN.0001')).toContain('time')
  })

  it('prints it, from the command line', async () => {
    const time = '2026-09-01T08:00:00+08:00'
    const { out, err } = await runCommand(server.dataDir, 'explain', www, time, '--interval', '3600')
    expect(out, err).toMatch(/flux of www\.example\.test .*: 15,100/)
    expect(out).toMatch(/second\.log +the-edge .*7600/)
    expect(out).toMatch(/198\.51\.100\.0\/24 +GET \/a\?x=1 +200 +3000/)
    expect(out).toContain('4 of 4 lines')
  })

  it('has the parts of an old data version whose logs are gone, and says that their lines are', async () => {
    const body = { ...theHour, service_area: 'global', interval: 300, language: 'en', group_by: 'domain' }
    const [id = ''] = await createAll(server, [body])
    const version = Number((await exportedBy(server, id)).task['data_version'])
    await server.call('DELETE', `/api/v1/log-batches/${firstBatch}`)
    const { json, text } = await get(`${of(www)}&interval=3600&data_version=${version}`)
    expect(json, text).toMatchObject({ value: 15_100, sum: 15_100, lines: [], buckets: null })
    expect(json['lines_missing']).toMatch(/replaced/)
    expect(json['loads']).toMatchObject([
      { name: 'second.log', value: 7_600, is_counting: true },
      { name: 'first.log', value: 7_500, is_counting: false },
    ])
    expect((await get(`${of(www)}&interval=3600`)).json).toMatchObject({ value: 7_600, loads_total: 1 })
  })
})

import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/ports/database/database.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import { readPinned } from '../../src/usage/pinned.ts'
import { parseCsv } from '../harness/csv.ts'
import { assign, linesOf, newTenant, push, type Tenant, theHour } from '../harness/customers.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const www = 'www.example.test'
const img = 'img.example.test'
const start = theHour.start_time
const minuteMs = 60_000
const at = (minute: number, bytes: number, more: object = {}) =>
  huaweiLine({ time: `01/Sep/2026:08:${String(minute).padStart(2, '0')}:00 +0800`, bytes, domain: www, ...more })

let server: TestServer
let database: Database
let tenant: Tenant
let loaded: number
beforeAll(async () => {
  server = await startTestServer()
  database = await openSqlite(join(server.dataDir, 'fluxport.sqlite'))
  tenant = await newTenant(server, 'usage')
  loaded = await load(
    'a.log',
    at(0, 3_000) + at(1, 4_500, { status: 404, cache: 'MISS' }) + at(31, 7_500, { domain: img }),
  )
})
afterAll(async () => {
  await database.close()
  await server.stop()
})

async function load(name: string, text: string): Promise<number> {
  const { json } = await server.load(text, { name, format: 'huawei_offline' })
  expect(json['state']).toBe('loaded')
  return Number(json['batch_id'])
}

const hour = `start_time=${start}&end_time=${theHour.end_time}`
const get = (query: string, key: Key = server.credentials, headers: Record<string, string> = {}) =>
  sendSigned(server, { target: `/api/v1/usage?${query}`, key, headers })
type Series = { domain?: string; points: Record<string, (number | null)[]>; totals: Record<string, number | null> }
const seriesOf = (json: Json) => json['series'] as Series[]
const fluxOf = (json: Json) => seriesOf(json).map(({ points }) => points['flux'])

describe('GET /api/v1/usage', () => {
  it('has a value for each bucket up to the last request, and the states of the buckets', async () => {
    const { json, text, status } = await get(`${hour}&interval=300&metrics=flux,bandwidth,requests,hits,status_4xx`)
    expect(status, text).toBe(200)
    const [series] = seriesOf(json)
    const later = Array.from({ length: 5 }, () => null)
    const quiet = [0, 0, 0, 0, 0]
    expect(series?.points).toEqual({
      flux: [7_500, ...quiet, 7_500, ...later],
      bandwidth: [200, ...quiet, 200, ...later],
      requests: [2, ...quiet, 1, ...later],
      hits: [1, ...quiet, 1, ...later],
      status_4xx: [1, ...quiet, 0, ...later],
    })
    expect(series?.totals).toEqual({ flux: 15_000, bandwidth: 33, requests: 3, hits: 2, status_4xx: 1 })
    expect(json).toMatchObject({ start_time: start, end_time: theHour.end_time, interval: '300', comparison: null })
    expect(json['logged_until']).toBe(start + 30 * minuteMs)
    expect((json['times'] as number[]).slice(0, 2)).toEqual([start, start + 5 * minuteMs])
    const states = json['states'] as { start_time: number; end_time: number }[]
    expect([states[0]?.start_time, states.at(-1)?.end_time]).toEqual([start, theHour.end_time])
    expect(Object.values(json['buckets'] as Record<string, number>).reduce((a, b) => a + b)).toBe(24)
  })

  it('breaks figures down, by every asked domain and by keys that occur', async () => {
    const byDomain = await get(`${hour}&interval=3600&group_by=domain`)
    expect(seriesOf(byDomain.json).map(({ domain, points }) => [domain, points])).toEqual([
      [img, { flux: [7_500], peak_bandwidth: [200], requests: [1] }],
      [www, { flux: [7_500], peak_bandwidth: [200], requests: [2] }],
    ])
    const byStatus = await get(`${hour}&interval=3600&metrics=requests&group_by=status,hit&domain_name=${www}`)
    expect(seriesOf(byStatus.json)).toMatchObject([
      { status: '200', hit: 'hit', totals: { requests: 1 } },
      { status: '404', hit: 'miss', totals: { requests: 1 } },
    ])
  })

  it('has days and months of a zone', async () => {
    const day = await get(`${hour}&interval=86400&time_zone=America/New_York&metrics=flux`)
    expect(day.json).toMatchObject({ start_time: Date.parse('2026-08-31T00:00:00-04:00'), times: [expect.anything()] })
    const month = await get(`${hour}&interval=month&time_zone=America/New_York&metrics=flux`)
    expect(month.json['times']).toEqual([Date.parse('2026-08-01T00:00:00-04:00')])
    expect(fluxOf(month.json)).toEqual([[15_000]])
  })

  it('compares with an earlier range, hour by hour', async () => {
    const next = `start_time=${start + 7 * 86_400_000}&end_time=${start + 7 * 86_400_000 + 3_600_000}`
    const { json } = await get(`${next}&interval=3600&metrics=flux&compare=weekdays`)
    const comparison = json['comparison'] as Json
    expect([comparison['start_time'], fluxOf(comparison)]).toEqual([start, [[15_000]]])
    const before = await get(
      `start_time=${start + 3_600_000}&end_time=${start + 7_200_000}&interval=3600&compare=previous`,
    )
    expect(fluxOf(before.json['comparison'] as Json)).toEqual([[15_000]])
    expectError(await get(`${hour}&interval=month&compare=weekdays`), 400, 'CDN.0001')
  })

  it('answers CSV to a client that accepts it', async () => {
    const { text, headers } = await get(
      `${hour}&interval=3600&group_by=domain&metrics=flux,requests`,
      server.credentials,
      {
        Accept: 'text/csv',
      },
    )
    expect(headers['content-type']).toBe('text/csv; charset=utf-8')
    expect(parseCsv(text)).toEqual([
      ['domain', 'time', 'flux', 'requests'],
      [img, '2026-09-01T08:00:00+08:00', '7500', '1'],
      [www, '2026-09-01T08:00:00+08:00', '7500', '2'],
    ])
  })

  it('says that nothing has changed until something has', async () => {
    const { headers } = await get(hour)
    const tag = String(headers['etag'])
    const again = await get(hour, server.credentials, { 'If-None-Match': `"other", W/${tag}` })
    expect([again.status, again.text, again.headers['etag']]).toEqual([304, '', tag])
    expect((await get(`${hour}&metrics=flux`, server.credentials, { 'If-None-Match': tag })).status).toBe(200)
    await load('later.log', at(40, 1_500))
    expect((await get(hour, server.credentials, { 'If-None-Match': tag })).status).toBe(200)
  })

  it('answers for an old data version what the file of its task has, also when its logs are removed', async () => {
    const body = { ...theHour, service_area: 'global', interval: 300, language: 'en', group_by: 'domain' }
    const [id = ''] = await createAll(server, [body])
    const file = await exportedBy(server, id)
    const version = Number(file.task['data_version'])
    await load('more.log', at(2, 100) + at(55, 100))
    await server.call('DELETE', `/api/v1/log-batches/${loaded}`)
    const inFile = (domain: string) =>
      parseCsv(String(file.files[0]?.bytes))
        .filter(([name]) => name === domain)
        .map(([, , flux]) => (flux === '' ? null : Number(flux)))
    const asked = `${hour}&interval=300&group_by=domain&metrics=flux,peak_bandwidth&data_version=${version}`
    const expectAsInFile = async () => {
      const { json, text } = await get(asked)
      expect(json['data_version'], text).toBe(version)
      expect(fluxOf(json)).toEqual([img, www].map(inFile))
    }
    await expectAsInFile()
    await purged()
    await expectAsInFile()
    expect(fluxOf((await get(`${hour}&interval=3600`)).json)).toEqual([[1_700]])
    expectError(await get(`${hour}&data_version=${version}&group_by=status`), 400, 'FLUXPORT.0301')
    expectError(await get(`${hour}&data_version=${version + 1_000}`), 400, 'CDN.0001')
  })

  it('reads again, and holds its version, when a log is forgotten while it reads', async () => {
    const batchId = await load('meanwhile.log', at(50, 1))
    const { id: whose } = await database.queries
      .selectFrom('account')
      .select('id')
      .where('is_first', '=', 1)
      .executeTakeFirstOrThrow()
    const engine = { rows: <Row>(sql: string, parameters?: Json) => server.warehouse.rows<Row>(sql, parameters) }
    const held = async () => (await database.queries.selectFrom('backup_pin').select('id').execute()).length
    const readings: number[] = []
    const question = { whose, domains: null, dataVersion: null, startTimeMs: start }
    await readPinned(database, engine, question, async () => {
      readings.push(await held())
      if (readings.length === 1) await server.call('DELETE', `/api/v1/log-batches/${batchId}`)
    })
    expect([readings, await held()]).toEqual([[0, 1], 0])
  })

  it('refuses too many points, and names the export that has them', async () => {
    const long = `start_time=${start - 340 * 86_400_000}&end_time=${start}`
    const message = expectError(await get(`${long}&interval=300&group_by=domain`), 400, 'CDN.0005')
    expect(message).toMatch(
      /100000.*POST \/v1\/cdn\/statistics\/export-tasks \{"action":"reports_detail","group_by":"domain"/,
    )
    expectError(await get(`start_time=0&end_time=${start}&interval=300`), 400, 'CDN.0005')
  })

  it.each([
    ['domains', {}],
    ['places', { country: 'cn', isp: 'dianxin' }],
    ['all accounts', { account: 'all' }],
  ])('names an export that can be created, and that is of the same %s', async (_what, more: Record<string, string>) => {
    const given = { domain_name: `${img},${www}`, interval: '300', group_by: 'domain', ...more }
    const range = { start_time: String(start - 200 * 86_400_000), end_time: String(start) }
    const message = expectError(await get(String(new URLSearchParams({ ...given, ...range }))), 400, 'CDN.0005')
    expect(message).toContain('90 days at a time')
    const body = JSON.parse(/export-tasks (\{.*\})/.exec(message)?.[1] ?? '') as Json
    const { interval, ...words } = given
    expect(body).toMatchObject({ ...words, interval: Number(interval), start_time: start - 200 * 86_400_000 })
    const { status, text } = await server.call('POST', '/v1/cdn/statistics/export-tasks', body)
    expect(status, text).toBe(200)
  })

  it.each([
    'interval=60',
    'metrics=bw',
    'group_by=city',
    'country=xx',
    'ip_version=v4',
    'compare=x',
    'time_zone=Mars',
    'start_time=1',
  ])('refuses %s and names the parameter', async (query) => {
    const named = query.split('=')[0] ?? ''
    const sent = named === 'start_time' ? query : `${hour}&${query}`
    expect(expectError(await get(sent), 400, 'CDN.0001')).toContain(named === 'start_time' ? 'end_time' : named)
  })

  it('answers a customer in its own versions, and alike for foreign and unknown domains', async () => {
    const own = 'own.example.test'
    await assign(server, own, tenant.accountId)
    await push(server, tenant.token, linesOf(own, 3))
    const { json } = await get(`${hour}&interval=3600&metrics=requests&group_by=domain`, tenant.key)
    expect(seriesOf(json).map(({ domain, points }) => [domain, points['requests']])).toEqual([[own, [3]]])
    const [foreign, unknown] = [
      await get(`${hour}&domain_name=${www}`, tenant.key),
      await get(`${hour}&domain_name=x.test`, tenant.key),
    ]
    expect(expectError(foreign, 404, 'CDN.0105')).toBe(expectError(unknown, 404, 'CDN.0105').replace('x.test', www))
    expectError(await get(`${hour}&account=all`, tenant.key), 403, 'CDN.0004')
    expectError(await get(`${hour}&data_version=${Number(json['data_version']) + 1}`, tenant.key), 400, 'CDN.0001')
    const all = await get(`${hour}&interval=3600&metrics=requests&group_by=domain&account=all`)
    expect(seriesOf(all.json).map(({ domain }) => domain)).toEqual([img, own, www])
  })
})

async function purged(): Promise<void> {
  for (;;) {
    const left = await database.queries.selectFrom('load').select('load_id').where('state', '=', 'forgotten').execute()
    if (left.length === 0) return
    await delay(50)
  }
}

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCsv } from '../harness/csv.ts'
import { assign, linesOf, newTenant, push, type Tenant, theHour } from '../harness/customers.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

const www = 'www.example.test'
const img = 'img.example.test'
const line = (minute: number, bytes: number, more: object = {}) =>
  huaweiLine({ time: `01/Sep/2026:08:${String(minute).padStart(2, '0')}:00 +0800`, bytes, domain: www, ...more })

let server: TestServer
let tenant: Tenant
beforeAll(async () => {
  server = await startTestServer()
  tenant = await newTenant(server, 'top')
  const log = [
    line(0, 3_000, { path: '/a?x=1', referrer: '=1+1', userAgent: 'agent/1' }),
    line(1, 4_500, { path: '/a?x=2' }),
    line(31, 7_500, { domain: img, path: '/c' }),
  ]
  const { json } = await server.load(log.join(''), { name: 'a.log', format: 'huawei_offline' })
  expect(json['state']).toBe('loaded')
  await assign(server, 'own.example.test', tenant.accountId)
  await push(server, tenant.token, linesOf('own.example.test', 3, { path: '/mine' }))
})
afterAll(() => server.stop())

const hour = `start_time=${theHour.start_time}&end_time=${theHour.end_time}`
const get = (query: string, key: Key = server.credentials, headers: Record<string, string> = {}) =>
  sendSigned(server, { target: `/api/v1/top?${hour}&${query}`, key, headers })
const itemsOf = async (query: string, key?: Key) => {
  const { json, text, status } = await get(query, key)
  expect(status, text).toBe(200)
  return (json['items'] as Json[]).map(({ rank, item, flux, requests, share }) => [rank, item, flux, requests, share])
}

describe('GET /api/v1/top', () => {
  it('ranks items by traffic or requests, with their shares of everything', async () => {
    expect(await itemsOf('of=url')).toEqual([
      [1, `${img}/c`, 7_500, 1, 0.5],
      [2, `${www}/a?x=2`, 4_500, 1, 0.3],
      [3, `${www}/a?x=1`, 3_000, 1, 0.2],
    ])
    expect(await itemsOf('of=path&by=requests&limit=1')).toEqual([[1, `${www}/a`, 7_500, 2, 0.6667]])
    expect(await itemsOf('of=domain&by=requests')).toEqual([
      [1, www, 7_500, 2, 0.6667],
      [2, img, 7_500, 1, 0.3333],
    ])
    expect(await itemsOf('of=address')).toEqual([[1, '198.51.100.7', 15_000, 3, 1]])
    expect(await itemsOf('of=origin_url')).toEqual([])
    expect(await itemsOf(`of=user_agent&group_by=domain&domain_name=${img},${www}`)).toEqual([
      [1, 'curl/8.0', 7_500, 1, 1],
      [1, 'curl/8.0', 4_500, 1, 0.6],
      [2, 'agent/1', 3_000, 1, 0.4],
    ])
  })

  it('answers CSV in which no text runs, and 304 to a client that has it', async () => {
    const { text, headers } = await get('of=referrer', server.credentials, { Accept: 'text/csv' })
    expect(parseCsv(text)).toEqual([
      ['domain', 'rank', 'referrer', 'flux', 'requests', 'share'],
      ['', '1', "'-", '12000', '2', '0.8'],
      ['', '2', "'=1+1", '3000', '1', '0.2'],
    ])
    const held = { Accept: 'text/csv', 'If-None-Match': String(headers['etag']) }
    expect((await get('of=referrer', server.credentials, held)).status).toBe(304)
    expect((await get('of=referrer', server.credentials, { 'If-None-Match': String(headers['etag']) })).status).toBe(
      200,
    )
  })

  it('knows a customer’s own alone, and names a wrong parameter', async () => {
    expect(await itemsOf('of=path', tenant.key)).toEqual([[1, 'own.example.test/mine', 3_000, 3, 1]])
    expectError(await get(`of=path&domain_name=${www}`, tenant.key), 404, 'CDN.0105')
    for (const query of ['of=x', 'of=url&by=x', 'of=url&group_by=x', 'of=url&limit=1001', 'of=url&country=x'])
      expect(expectError(await get(query), 400, 'CDN.0001')).toContain(query.split('&').at(-1)?.split('=')[0])
  })
})

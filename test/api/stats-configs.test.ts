import { afterAll, beforeAll, expect, it } from 'vitest'
import { assign, newTenant, type Tenant } from '../harness/customers.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let tenant: Tenant
beforeAll(async () => {
  server = await startTestServer()
  tenant = await newTenant(server, 'configures')
  for (const domain of ['a.example.test', 'b.example.test']) await assign(server, domain, tenant.accountId)
})
afterAll(() => server.stop())

const path = '/cdn/statistics/stats-configs'
const set = (body: Json, prefix = '/v1') =>
  sendSigned(server, { method: 'POST', target: prefix + path, key: tenant.key, body: JSON.stringify(body) })
const list = (query: string, key = tenant.key) => sendSigned(server, { target: `/v1${path}?${query}`, key })
const info = { url: { enable: true, limit: 300, sort_by_code: false }, refer: { enable: true }, ua: { enable: false } }

it('what is set is read back, by pages; setting it again replaces it', async () => {
  const both = { config_type: 0, resource_type: 'domain', resource_name: 'b.example.test,A.example.test,' }
  const got = await set({ ...both, config_info: info })
  expect([got.status, got.text]).toEqual([204, ''])
  const one = { config_type: 0, resource_type: 'domain', resource_name: 'b.example.test' }
  const changed = { url: { enable: false } }
  expect((await set({ ...one, config_info: changed }, '/v1.0')).status).toBe(204)
  const ces = { config_type: 1, resource_type: 'account', resource_name: 'any', config_info: { ua: { enable: true } } }
  expect((await set(ces)).status).toBe(204)
  const first = { config_type: 0, resource_type: 'domain', resource_name: 'a.example.test', config_info: info }
  expect((await list('config_type=0')).json).toEqual({ total: 2, data: [first, { ...one, config_info: changed }] })
  expect((await list('config_type=0&limit=1&offset=1')).json).toEqual({
    total: 2,
    data: [{ ...one, config_info: changed }],
  })
  expect((await list('config_type=1')).json).toEqual({
    total: 1,
    data: [{ ...ces, resource_name: tenant.accountId }],
  })
  expect((await list('config_type=0', server.credentials)).json).toEqual({ total: 0, data: [] })
})

it('a domain that went to another account is not listed any more', async () => {
  await server.call('DELETE', '/api/v1/domains/a.example.test')
  expect((await list('config_type=0')).json).toMatchObject({ total: 1 })
  await assign(server, 'a.example.test', tenant.accountId)
})

it('refuses other types, switches and domains', async () => {
  const good = { resource_type: 'domain', resource_name: 'a.example.test', config_info: info }
  expect(expectError(await set({ ...good, config_type: 2 }), 400, 'CDN.0001')).toContain('config type is invalid')
  expect(expectError(await list('config_type=5'), 400, 'CDN.0001')).toContain('config type is invalid')
  expectError(await list(''), 400, 'CDN.0001')
  expectError(await set({ ...good, resource_type: 'x' }), 400, 'CDN.0001')
  expectError(await set({ ...good, resource_name: ',' }), 400, 'CDN.0001')
  expectError(await set({ ...good, resource_name: 'a b' }), 400, 'CDN.0001')
  expectError(await set({ ...good, config_info: { url: { limit: 2001 } } }), 400, 'CDN.0001')
  expectError(await set({ ...good, config_info: { ua: { enable: 'maybe' } } }), 400, 'CDN.0001')
  const absent = expectError(await set({ ...good, resource_name: 'absent.test' }), 400, 'CDN.0105')
  await server.call('PUT', '/api/v1/domains/foreign.test', { account_id: server.credentials.account_id })
  const foreign = expectError(await set({ ...good, resource_name: 'foreign.test' }), 400, 'CDN.0105')
  expect(foreign).toBe(absent.replace('absent', 'foreign'))
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assign, linesOf, newTenant, push, type Tenant } from '../harness/customers.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let a: Tenant
beforeAll(async () => {
  server = await startTestServer()
  a = await newTenant(server, 'a-company')
  await assign(server, 'www.a.example.test', a.accountId)
  await push(server, a.token, linesOf('www.a.example.test', 1))
})
afterAll(() => server.stop())

describe('lists of operators', () => {
  it('have the names of accounts beside their ids', async () => {
    const told = async (path: string, rows: string) =>
      ((await server.call('GET', path)).json[rows] as Json[]).filter((row) => row['account_id'] === a.accountId)
    const cadence = `/api/v1/coverage/cadences/default?account=${a.accountId}`
    expect((await server.call('PUT', cadence, { delay_seconds: 60 })).status).toBe(200)
    for (const [path, rows] of [
      ['/api/v1/access-keys', 'access_keys'],
      ['/api/v1/domains', 'domains'],
      ['/api/v1/log-batches?limit=100', 'batches'],
      ['/api/v1/coverage/cadences', 'cadences'],
    ] as const) {
      const names = (await told(path, rows)).map((row) => row['account_name'])
      expect([path, new Set(names)]).toEqual([path, new Set(['a-company'])])
    }
    const own = (await server.call('GET', '/api/v1/domains', undefined, a.key)).json
    expect(JSON.stringify(own)).not.toContain('account_name')
    const { json } = await server.call('GET', '/api/v1/audit?limit=1')
    expect((json['events'] as Json[]).map((event) => event['account_name'])).toEqual(['default'])
  })
})

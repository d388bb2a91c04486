import { afterAll, beforeAll, expect, it } from 'vitest'
import { assign, newTenant, type Tenant } from '../harness/customers.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const domains = ['a.example.test', 'b.example.test', 'c.other.test']

let server: TestServer
let tenant: Tenant
let accountCreatedMs: number
beforeAll(async () => {
  server = await startTestServer()
  tenant = await newTenant(server, 'looks-up')
  for (const domain of domains) await assign(server, domain, tenant.accountId)
  const accounts = (await server.call('GET', '/api/v1/accounts')).json['accounts'] as Json[]
  accountCreatedMs = Number(accounts.find((one) => one['account_id'] === tenant.accountId)?.['created_at'])
})
afterAll(() => server.stop())

const get = (target: string, prefix = '/v1.0') =>
  sendSigned(server, { target: `${prefix}/cdn/${target}`, key: tenant.key })
const got = async (target: string, prefix?: string): Promise<Json> => {
  const { json, text, status } = await get(target, prefix)
  expect(status, text).toBe(200)
  return json
}
const namesOf = (json: Json) => (json['domains'] as Json[]).map((row) => row['domain_name'])

it('the list has the account’s domains, filtered and by pages, with every field that clients read', async () => {
  const { total, domains: rows } = await got('domains')
  expect(total).toBe(3)
  const [first] = rows as Json[]
  expect(first).toMatchObject({
    id: expect.stringMatching(/^[0-9a-f]{32}$/),
    domain_name: 'a.example.test',
    business_type: 'web',
    domain_status: 'online',
    sources: [],
    range_status: 'off',
    https_status: 0,
    create_time: expect.any(Number),
    modify_time: expect.any(Number),
  })
  expect(Number(first?.['create_time'])).toBeGreaterThanOrEqual(accountCreatedMs)
  expect(namesOf(await got('domains?domain_name=EXAMPLE'))).toEqual(domains.slice(0, 2))
  expect(namesOf(await got('domains?domain_name=example&exact_match=true'))).toEqual([])
  expect(namesOf(await got('domains?domain_name=c.other.test&exact_match=true', '/v1'))).toEqual(['c.other.test'])
  const pages = [1, 2, 3].map((page) => got(`domains?page_size=2&page_number=${page}`))
  expect((await Promise.all(pages)).map(namesOf)).toEqual([domains.slice(0, 2), domains.slice(2), []])
  expect(await got('domains?domain_status=offline')).toEqual({ total: 0, domains: [] })
  const tagged = await got('domains?show_tags=true&page_size=1')
  expect(tagged['domains']).toMatchObject([{ tags: [] }])
})

it('one domain is shown by its id and by its name; another account’s does not exist', async () => {
  const [row] = (await got('domains'))['domains'] as Json[]
  expect((await got(`domains/${row?.['id']}/detail`))['domain']).toEqual(row)
  expect((await got('configuration/domains/A.example.test'))['domain']).toMatchObject({ ...row })
  await server.call('PUT', '/api/v1/domains/foreign.example.test', { account_id: server.credentials.account_id })
  const foreign = expectError(await get('configuration/domains/foreign.example.test'), 400, 'CDN.0105')
  const absent = expectError(await get('configuration/domains/absent.example.test'), 400, 'CDN.0105')
  expect(foreign).toBe(absent.replace('absent', 'foreign'))
  const theirs = (await server.call('GET', '/v1.0/cdn/domains?domain_name=foreign')).json['domains'] as Json[]
  const nobodys = expectError(await get(`domains/${'0'.repeat(32)}/detail`), 400, 'CDN.0105')
  expect(expectError(await get(`domains/${theirs[0]?.['id']}/detail`), 400, 'CDN.0105')).toBe(nobodys)
})

it('a domain that another account had before tells nothing of that time', async () => {
  const moved = 'moved.example.test'
  const before = await newTenant(server, 'had-it-before')
  await assign(server, moved, before.accountId)
  await server.call('DELETE', `/api/v1/domains/${moved}`)
  await assign(server, moved, tenant.accountId)
  const [row] = (await got(`domains?domain_name=${moved}`))['domains'] as Json[]
  expect(Number(row?.['create_time'])).toBeGreaterThanOrEqual(accountCreatedMs)
  await server.call('DELETE', `/api/v1/domains/${moved}`)
})

it('counts, quota, charge mode and addresses answer as for an account that configured nothing', async () => {
  expect(await got('domains/statistic?factor=domains&type=domain_status')).toMatchObject({ online: 3, offline: 0 })
  expect(await got('domains/statistic?factor=domains&type=business_type')).toEqual({
    web: 3,
    download: 0,
    video: 0,
    wholeSite: 0,
  })
  const { quotas } = await got('quota')
  expect(quotas).toContainEqual({
    quota_limit: expect.any(Number),
    type: 'domain',
    used: 3,
    user_domain_id: tenant.accountId,
  })
  expect(await got('charge/charge-modes?product_type=base')).toEqual({
    result: [
      {
        charge_mode: 'bw_95',
        product_type: 'base',
        service_area: 'mainland_china',
        status: 'active',
        create_time: accountCreatedMs,
        effective_time: accountCreatedMs,
      },
    ],
  })
  expect(await got('charge/charge-modes?product_type=base&status=upcoming')).toEqual({ result: [] })
  expect((await got('ip-info?ips=198.51.100.7,2001:db8::1'))['cdn_ips']).toMatchObject([
    { ip: '198.51.100.7', belongs: false },
    { ip: '2001:db8::1', belongs: false },
  ])
})

it.each([
  ['CDN.0001', 'charge/charge-modes'],
  ['CDN.0001', 'charge/charge-modes?product_type=base&status=old'],
  ['CDN.0015', 'charge/charge-modes?product_type=base&service_area=global'],
  ['CDN.0001', 'ip-info'],
  ['CDN.0001', 'ip-info?ips=1.2.3'],
  ['CDN.0005', `ip-info?ips=${Array.from({ length: 21 }, (_, n) => `198.51.100.${n}`)}`],
  ['CDN.0001', 'domains?page_size=0'],
  ['CDN.0001', 'domains?page_number=65536'],
  ['CDN.0001', 'domains?business_type=x'],
  ['CDN.0001', 'domains/statistic?factor=domains'],
  ['CDN.0201', 'configuration/domains/a%20b'],
])('refuses with %s: %s', async (code, target) => {
  expectError(await get(target), 400, code)
})

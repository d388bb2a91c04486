import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { assign, linesOf, newTenant, push, type Tenant, theHour, tokenFor } from '../harness/customers.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { expectError, type Json, newKey, send, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const domains = { watcher: 'watcher.example.test', busy: 'busy.example.test' }

let server: TestServer
let watcher: Tenant
let busy: Tenant
beforeAll(async () => {
  server = await startTestServer()
  watcher = await newTenant(server, 'watcher')
  busy = await newTenant(server, 'busy')
  await assign(server, domains.watcher, watcher.accountId)
  await assign(server, domains.busy, busy.accountId)
  expect((await push(server, watcher.token, linesOf(domains.watcher, 2))).json).toMatchObject({ requests: 2 })
})
afterAll(() => server.stop())

const range = `start_time=${theHour.start_time}&end_time=${theHour.end_time}`
const asWatcher = async (path: string, method = 'GET', body?: object) =>
  (await server.call(method, path, body, watcher.key)).json
/** Everything that the other customer, and the operator for it, can do to the ledger. */
async function othersWork() {
  for (let n = 1; n <= 3; n++) await push(server, busy.token, linesOf(domains.busy, n, { path: `/${Math.random()}` }))
  const { json } = await server.load(linesOf(domains.busy, 2, { path: `/${Math.random()}` }), { name: 'of-busy.log' })
  await server.call('DELETE', `/api/v1/log-batches/${json['batch_id']}`)
  const empty = await push(server, busy.token, '', `name=2026090108-${domains.busy}.log`)
  expect(empty.json).toMatchObject({ state: 'loaded' })
  await server.call('DELETE', `/api/v1/domains/${domains.busy}`)
  await assign(server, domains.busy, busy.accountId)
  const [id = ''] = await createAll(server, [{ domain_name: domains.busy, ...theHour }], busy.key)
  await exportedBy(server, id, busy.key)
}

describe('what an account is told, while another works,', () => {
  let taskId: string
  let told: Json
  const tell = async (): Promise<Json> => ({
    changes: await asWatcher(`/api/v1/export-tasks/${taskId}/changes`),
    coverage: await asWatcher(`/api/v1/coverage?${range}`),
    usage: await asWatcher(`/api/v1/usage?${range}`),
    preflight: await asWatcher('/api/v1/export-tasks/preflight', 'POST', theHour),
    task: { ...(await asWatcher(`/api/v1/export-tasks/${taskId}`)), download_link: null },
    list: (await asWatcher('/v1/cdn/statistics/export-tasks'))['total'] as number,
    domains: await asWatcher('/api/v1/domains'),
  })
  beforeAll(async () => {
    ;[taskId = ''] = await createAll(server, [{ ...theHour, service_area: 'global' }], watcher.key)
    await exportedBy(server, taskId, watcher.key)
    told = await tell()
    await othersWork()
  })

  it('is the same to the letter: changes, coverage, preflight, task and list', async () => {
    expect(await tell()).toEqual(told)
  })

  it('is the same in the manifest of the same file made again, but for the time it was made', async () => {
    const manifestOf = async (id: string) => ({
      ...((await asWatcher(`/api/v1/export-tasks/${id}`))['manifest'] as Json),
    })
    const [again = ''] = await createAll(server, [{ ...theHour, service_area: 'global' }], watcher.key)
    await exportedBy(server, again, watcher.key)
    expect(await manifestOf(again)).toEqual(await manifestOf(taskId))
  })

  it('moves when something of its own changes, by one', async () => {
    const version = async () => Number((await asWatcher(`/api/v1/coverage?${range}`))['data_version'])
    const before = await version()
    await push(server, watcher.token, linesOf(domains.watcher, 1, { path: '/more' }))
    expect(await version()).toBe(before + 1)
    const changes = await asWatcher(`/api/v1/export-tasks/${taskId}/changes`)
    expect(changes).toMatchObject({ data_version: before, data_version_now: before + 1, loads_added: 1, total: 1 })
    const { json } = await server.load(linesOf(domains.watcher, 1, { path: '/log' }), { name: 'of-watcher.log' })
    expect(await version()).toBe(before + 2)
    await server.call('DELETE', `/api/v1/log-batches/${json['batch_id']}`)
    expect(await version()).toBe(before + 3)
  })
})

describe('the numbers of batches', () => {
  const show = (token: string, batchId: unknown) =>
    send(server.endpoint, { target: `/api/v1/log-batches/${batchId}`, headers: { Authorization: `Bearer ${token}` } })

  it('do not count: of a customer’s pushes none is near another, and none is the ledger’s', async () => {
    const ids: number[] = []
    for (let n = 0; n < 4; n++) {
      const { json } = await push(server, watcher.token, linesOf(domains.watcher, 1, { path: `/n/${n}` }))
      ids.push(Number(json['batch_id']))
    }
    for (const id of ids) expect(id).toBeGreaterThanOrEqual(2 ** 48)
    const distances = ids.slice(1).map((id, n) => Math.abs(id - (ids[n] ?? 0)))
    expect(Math.min(...distances)).toBeGreaterThan(1_000)
  })

  it('are what a customer asks by, and its operator too; the ledger’s are nothing to the customer', async () => {
    const { json } = await push(server, watcher.token, linesOf(domains.watcher, 1, { path: '/asked' }))
    const id = json['batch_id']
    expect((await show(watcher.token, id)).json).toMatchObject({ batch_id: id, requests: 1, state: 'loaded' })
    const [newest] = (await server.call('GET', '/api/v1/log-batches?limit=1')).json['batches'] as Json[]
    expect(newest).toMatchObject({ requests: 1 })
    expect(Number(newest?.['batch_id'])).toBeLessThan(2 ** 32)
    const byOperator = await server.call('GET', `/api/v1/log-batches/${id}`)
    expect(byOperator.json).toMatchObject({ batch_id: newest?.['batch_id'] })
    const unknown = expectError(await show(watcher.token, 2 ** 48 + 5), 404, 'CDN.0003')
    for (const other of [newest?.['batch_id'], 1, 2 ** 53 - 1]) {
      expect(expectError(await show(watcher.token, other), 404, 'CDN.0003')).toBe(unknown)
    }
    expect(expectError(await show(busy.token, id), 404, 'CDN.0003')).toBe(unknown)
    expect((await server.call('DELETE', `/api/v1/log-batches/${id}`)).json).toMatchObject({ state: 'forgotten' })
  })

  it('stand in every place that names one: duplicates, refusals and their texts', async () => {
    const lines = linesOf(domains.watcher, 30, { path: '/file' })
    const asFile = (query: string, body: string) => push(server, watcher.token, body, query)
    const first = (await asFile('name=a.log', lines)).json['batch_id']
    const duplicate = await asFile('name=b.log', lines)
    expect(duplicate.json).toMatchObject({ state: 'duplicate', already_loaded_as: first })
    const otherwise = await asFile('name=c.log&domain=other.example.test', lines)
    const lesser = await asFile('name=d.log', `${linesOf(domains.watcher, 1, { path: '/other' })}${lines}`)
    for (const refused of [otherwise, lesser]) {
      expect(refused.status).toBe(409)
      const numbers = refused.text.match(/batch(?:es)? \d+/gi) ?? []
      expect(numbers.length).toBeGreaterThan(0)
      for (const number of numbers) expect(Number(number.split(' ')[1])).toBeGreaterThanOrEqual(2 ** 48)
      expect(refused.text).toContain(String(first))
    }
  })

  it('are the ledger’s to the first account’s own tokens', async () => {
    const token = await tokenFor(server, server.credentials.account_id)
    const { json } = await push(server, token, linesOf('operators.example.test', 1))
    expect(Number(json['batch_id'])).toBeLessThan(2 ** 32)
    expect((await show(token, json['batch_id'])).status).toBe(200)
  })
})

describe('names in a request', () => {
  const create = (body: object, key = watcher.key) =>
    sendSigned(server, { method: 'POST', target: '/v1/cdn/statistics/export-tasks', body: JSON.stringify(body), key })
  const names = (count: number) => Array.from({ length: count }, (_, n) => `s${n}.test`).join(',')

  it('are at most 10,000, said before they are looked at', async () => {
    for (const action of ['reports_detail', 'billing_summary']) {
      const message = expectError(await create({ action, domain_name: names(10_001) }), 400, 'CDN.0001')
      expect(message).toMatch(/domain_name.*more than 10000/)
    }
    expectError(await create({ domain_name: names(10_000) }), 404, 'CDN.0105')
    const many = Array.from({ length: 10_001 }, (_, n) => `s${n}.test`)
    const key = { role: 'ingest', account_id: watcher.accountId, domains: many }
    expect((await server.call('POST', '/api/v1/access-keys', key)).status).toBe(400)
    expect((await server.call('PUT', '/api/v1/coverage/cadences/x', { domains: many })).status).toBe(400)
    await newKey(server, { ...key, domains: many.slice(1) })
  })

  it.each(['country', 'province', 'isp'])('codes of %s are at most 1,000, and may come twice', async (parameter) => {
    const code = { country: 'cn', province: 'beijing', isp: 'dianxin' }[parameter]
    const more = parameter === 'province' ? { country: 'cn' } : {}
    const of = (count: number) => ({ ...more, [parameter]: Array(count).fill(code).join(',') })
    expect(expectError(await create(of(1_001)), 400, 'CDN.0001')).toMatch(new RegExp(`${parameter}.*more than 1000`))
    expect((await create(of(1_000))).status).toBe(200)
  })
})

describe('a push in gzip', () => {
  it('of a domain that is not the account’s says nothing of whose it is', async () => {
    const rejected = async (domain: string) => {
      const got = await send(server.endpoint, {
        method: 'POST',
        target: '/api/v1/log-batches?wait=true',
        headers: { Authorization: `Bearer ${watcher.token}` },
        body: gzipSync(linesOf(domain, 2)),
      })
      expect(got.status).toBe(422)
      return String(got.json['error_msg']).replace(/\d{5,}/, 'N')
    }
    expect(await rejected(domains.busy)).toEqual(await rejected('nobody.example.test'))
    expect(await rejected(domains.busy)).toBe('Batch N: None of its 2 lines counts: 2 domain_not_allowed')
  })
})

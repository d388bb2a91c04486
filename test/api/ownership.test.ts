import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actions } from '../../src/exports/request/actions.ts'
import type { Database } from '../../src/ports/database/database.ts'
import { openSqlite } from '../../src/ports/database/sqlite.ts'
import { rebuildLoad } from '../../src/upkeep/consistency/rebuild-load.ts'
import { runCommand } from '../harness/command.ts'
import { assign, linesOf, newTenant, push, release, type Tenant, theHour } from '../harness/customers.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { expectError, type Json, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let database: Database
let before: Tenant
let after: Tenant
beforeAll(async () => {
  server = await startTestServer()
  database = await openSqlite(join(server.dataDir, 'fluxport.sqlite'))
  before = await newTenant(server, 'before')
  after = await newTenant(server, 'after')
})
afterAll(async () => {
  await database.close()
  await server.stop()
})

const secret = {
  path: '/the-first-owners-secret',
  bytes: 7_000_001,
  userAgent: 'secret-agent',
  referrer: 'http://secret.test/',
}
const since = { path: '/since', bytes: 1_000 }
/** Of other clients than the new owner's. */
const formersLines = (domain: string) => linesOf(domain, 3, secret).replaceAll('198.51.100.7', '198.51.100.99')

/** A domain that one customer had, with three requests, and then the other, with two. */
async function transferred(domain: string, more: object = {}) {
  await assign(server, domain, before.accountId)
  expect((await push(server, before.token, formersLines(domain))).json).toMatchObject({ requests: 3 })
  await release(server, domain)
  expect((await assign(server, domain, after.accountId, more)).status).toBe(200)
  expect((await push(server, after.token, linesOf(domain, 2, since))).json).toMatchObject({ requests: 2 })
}

/** Every file of an export, manifest too, as one text. */
async function exported(key: Key, request: Json): Promise<string> {
  const [id = ''] = await createAll(server, [{ service_area: 'global', language: 'en', ...theHour, ...request }], key)
  const { files } = await exportedBy(server, id, key)
  return files.map((file) => file.bytes.toString('utf8')).join('\n')
}
/** Requests of the hour, of all its buckets. */
async function requestsOf(key: Key, domain: string): Promise<number> {
  const text = await exported(key, { domain_name: domain, interval: 3600, format: 'jsonl' })
  const [row = '{}'] = text.split('\n')
  return Number((JSON.parse(row) as Json)['requests'])
}
const coverageOf = async (key: Key, domain: string) => {
  const range = `start_time=${theHour.start_time}&end_time=${theHour.end_time}`
  return (await server.call('GET', `/api/v1/coverage?domain_name=${domain}&${range}`, undefined, key)).json
}

describe('a domain that another customer had before', () => {
  const domain = 'moved.example.test'
  beforeAll(() => transferred(domain))

  it.each(actions)('%s tells its new owner of what came since, and of nothing before', async (action) => {
    const request = { action, domain_name: domain, format: 'csv', compression: 'none', limit: 100 }
    for (const grouped of [{}, { group_by: 'domain' }]) {
      const text = await exported(after.key, { ...request, ...grouped })
      expect(text).not.toMatch(/secret|7000001|21000003|21002003|198\.51\.100\.99/)
      // 2,000 bytes of 2 requests, of one client.
      expect(text).toMatch(action === 'uv' ? /,1,1\b/ : /\b2000\b/)
    }
  })

  it('is the same to its new owner once the rollups have it', async () => {
    for (;;) {
      const left = await database.queries.selectFrom('load').select('load_id').where('roll_up', '<>', 'done').execute()
      if (left.length === 0) break
      await delay(50)
    }
    const days = {
      start_time: Date.parse('2026-09-01T00:00:00+08:00'),
      end_time: Date.parse('2026-09-02T00:00:00+08:00'),
    }
    const urls = await exported(after.key, { action: 'top_url_detail', domain_name: domain, ...days })
    expect([urls.includes('/since'), urls.includes('secret')]).toEqual([true, false])
    const isp = await exported(after.key, { action: 'isp_detail', domain_name: domain, interval: 3600 })
    expect([/\b2000\b/.test(isp), isp.includes('21002003')]).toEqual([true, false])
  })

  it('is not to be exported by who had it, and said to be unknown', async () => {
    const asked = { method: 'POST', target: '/v1/cdn/statistics/export-tasks', key: before.key }
    const refused = (name: string) => sendSigned(server, { ...asked, body: JSON.stringify({ domain_name: name }) })
    const foreign = expectError(await refused(domain), 404, 'CDN.0105')
    const unknown = expectError(await refused('nobody.example.test'), 404, 'CDN.0105')
    expect(foreign.replace(domain, 'X')).toBe(unknown.replace('nobody.example.test', 'X'))
  })

  it('is whole for the operator who gets it back, and again as it was for who had it last', async () => {
    await release(server, domain)
    expect(await requestsOf(server.credentials, domain)).toBe(5)
    await assign(server, domain, after.accountId)
    expect(await requestsOf(after.key, domain)).toBe(2)
  })

  it('stays so when what was loaded before is written again', async () => {
    const [first] = await database.queries
      .selectFrom('load')
      .select('load_id')
      .where('state', '=', 'visible')
      .orderBy('load_id')
      .execute()
    const parts = { database, warehouse: server.warehouse, owner: 'test' }
    expect(await rebuildLoad(parts, first?.load_id ?? 0, new AbortController().signal)).toBe(true)
    const last = await database.queries
      .selectFrom('load')
      .select(['load_id', 'state'])
      .orderBy('load_id', 'desc')
      .executeTakeFirst()
    expect(last?.state).toBe('visible') // a higher id than all that the new owner loaded
    expect(await requestsOf(after.key, domain)).toBe(2)
    expect(await exported(after.key, { action: 'top_url_detail', domain_name: domain })).not.toContain('secret')
  })

  it('is seen with its history at the operator’s word, and without it again', async () => {
    const run = (...flags: string[]) =>
      runCommand(server.dataDir, 'domains', 'assign', domain, after.accountId, ...flags)
    expect((await run()).out).toMatch(/without what counted before/)
    expect(await requestsOf(after.key, domain)).toBe(2)
    expect((await run('--with-history')).out).toMatch(/with all that counted before/)
    expect(await requestsOf(after.key, domain)).toBe(5)
    expect((await run('--without-history')).out).toMatch(/without what counted before/)
    expect(await requestsOf(after.key, domain)).toBe(2)
    expect((await run('--with-history', '--without-history')).code).toBe(1)
  })
})

describe('what is told beside the files', () => {
  const domain = 'covered.example.test'
  const other = 'always.example.test'
  beforeAll(async () => {
    await assign(server, other, after.accountId)
    await push(server, after.token, linesOf(other, 4))
    await transferred(domain)
  })

  it('coverage does not know of requests and reports before', async () => {
    const moved = await newTenant(server, 'latest')
    await release(server, domain)
    await assign(server, domain, moved.accountId)
    expect(await coverageOf(moved.key, domain)).toMatchObject({ buckets: { missing: 12, final: 0 }, sources: [] })
    expect(await coverageOf(server.credentials, other)).toMatchObject({ error_code: 'CDN.0105' })
  })

  it('coverage of all domains has each with what is seen of it, in their order', async () => {
    const range = `start_time=${theHour.start_time}&end_time=${theHour.end_time}`
    const { json } = await server.call('GET', `/api/v1/coverage?${range}`, undefined, after.key)
    const ranges = json['ranges'] as Json[]
    const names = ranges.map((one) => String(one['domain_name']))
    expect(names).toEqual([...names].sort())
    expect(names).toContain(other)
    expect(json['sources']).toMatchObject([{ source: 'default' }])
  })

  it('preflight says what there is, and an empty file is empty', async () => {
    const newest = await newTenant(server, 'newest')
    await release(server, 'moved.example.test')
    await assign(server, 'moved.example.test', newest.accountId)
    const body = { domain_name: 'moved.example.test', ...theHour }
    const { json } = await server.call('POST', '/api/v1/export-tasks/preflight', body, newest.key)
    expect(json['coverage']).toMatchObject({ domains_with_data: 0, logged_until: null })
    expect(await requestsOf(newest.key, 'moved.example.test')).toBe(0)
  })

  it('a task that waits while its domain goes away fails as for an unknown one', async () => {
    const name = 'going.example.test'
    await assign(server, name, before.accountId)
    await push(server, before.token, linesOf(name, 1))
    const far = { require_final: 'true', require_final_wait_seconds: 3600 }
    const [id = ''] = await createAll(server, [{ domain_name: name, ...theHour, ...far }], before.key)
    const show = async () => (await server.call('GET', `/api/v1/export-tasks/${id}`, undefined, before.key)).json
    await expect.poll(async () => (await show())['waits_for'], { timeout: 20_000 }).toBeTruthy()
    await release(server, name)
    await assign(server, name, after.accountId)
    await expect.poll(async () => (await show())['state'], { timeout: 20_000 }).toBe('fail')
    expect((await show())['error']).toMatchObject({ error_code: 'CDN.0105' })
  })

  it('changes are of what is seen: a forgotten batch of the former owner is no change', async () => {
    const name = 'changing.example.test'
    await transferred(name)
    const [id = ''] = await createAll(server, [{ domain_name: name, service_area: 'global', ...theHour }], after.key)
    await exportedBy(server, id, after.key)
    const { json } = await server.call('GET', '/api/v1/log-batches?limit=2')
    const [, formers] = json['batches'] as Json[]
    expect((await server.call('DELETE', `/api/v1/log-batches/${formers?.['batch_id']}`)).json).toMatchObject({
      requests: 3,
    })
    const changes = await server.call('GET', `/api/v1/export-tasks/${id}/changes`, undefined, after.key)
    expect(changes.json).toMatchObject({ total: 0, changes: [], loads_added: 0, loads_removed: 0, complete: true })
  })
})

describe('a domain that only the operator had', () => {
  const domain = 'logged-first.example.test'
  beforeAll(async () => {
    expect((await server.load(linesOf(domain, 6), { name: 'edge.log' })).json).toMatchObject({ requests: 6 })
  })

  it('comes with its history, or without at the operator’s word', async () => {
    expect((await assign(server, domain, after.accountId)).json).toMatchObject({ with_history: true })
    expect(await requestsOf(after.key, domain)).toBe(6)
    await release(server, domain)
    const fresh = await newTenant(server, 'fresh')
    expect((await assign(server, domain, fresh.accountId)).json).toMatchObject({ with_history: false })
    expect(await requestsOf(fresh.key, domain)).toBe(0)
    await release(server, domain)
    expect((await assign(server, domain, server.credentials.account_id)).json).toMatchObject({ with_history: true })
    expect(await requestsOf(server.credentials, domain)).toBe(6)
  })
})

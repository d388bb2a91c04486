import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { actions } from '../../src/exports/request/actions.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, newAccount, newKey, sendSigned } from '../harness/requests.ts'
import { type Answer, type Key, startTestServer, type TestServer } from '../harness/server.ts'
import { registerDomains, slowRequest, startSlowTask } from '../harness/slow-task.ts'

const target = '/v1/cdn/statistics/export-tasks'
const tasks = '/api/v1/export-tasks'
const preflightTarget = `${tasks}/preflight`
const start = Date.parse('2026-09-01T00:00:00+08:00')
const day = { start_time: start, end_time: start + 86_400_000 }

let server: TestServer
/** An account with fifty domains. */
let account: Key & { account_id: string }
beforeAll(async () => {
  server = await startTestServer({ exportConcurrency: '1', exportRowsMax: '1500000' })
  await server.load(huaweiLine())
  account = await newAccount(server, 'limited')
  await registerDomains(server, account.account_id, 50)
})
afterAll(() => server.stop())

const post = (path: string, body: Json = {}, key: Key = account) =>
  sendSigned(server, { method: 'POST', target: path, body: JSON.stringify(body), key })
const preflight = async (body: Json, key: Key = account): Promise<Json> => {
  const got = await post(preflightTarget, body, key)
  expect(got.status, got.text).toBe(200)
  return got.json
}
const set = (settings: Json, id = account.account_id, key?: Key): Promise<Answer> =>
  server.call('PUT', `/api/v1/accounts/${id}/settings`, settings, key)
const show = async (id: unknown, key: Key = account): Promise<Json> =>
  (await server.call('GET', `${tasks}/${id}`, undefined, key)).json
const total = async (key: Key = account) => (await server.call('GET', target, undefined, key)).json['total']

async function succeeded(body: Json = {}, key: Key = account): Promise<Json> {
  const { json } = await post(target, body, key)
  for (;;) {
    const task = await show(json['task_id'], key)
    if (task['state'] === 'success') return task
    expect(['waiting', 'processing']).toContain(task['state'])
  }
}

describe('preflight', () => {
  it('says rows, bytes, time and coverage, and makes nothing', async () => {
    const before = await total()
    const none = { requests: 0, flux: 0 }
    expect(await preflight({ ...day, group_by: 'domain' })).toEqual({
      effective: { ...day, time_zone: 'Asia/Shanghai', service_area: 'mainland_china', cut_at: null },
      traffic: { file: none, range: none, other_areas: none, other_domains: { domains: 0, ...none } },
      account: null,
      // An operator alone is told.
      domains_of_other_accounts: null,
      hidden_traffic: null,
      unknown_clients: { requests: 0, flux: '0' },
      rows: 50 * 288,
      bytes: 50 * 288 * 93,
      sheets: null,
      seconds: 1,
      coverage: {
        ...{ domains_with_data: 0, domains_without_data: 50, logged_until: null, logged_until_least: null },
        judged_at: expect.any(Number),
        buckets: { final: 0, reported: 0, provisional: 0, missing: 50 * 288, refused: 0 },
        sources: [],
        ranges: [{ ...day, state: 'missing' }],
        ranges_total: 1,
      },
      not_final: expect.stringContaining('is missing'),
      faulty_deliveries: { refused_files: 0, silences: 0 },
      allowed: true,
      problem: null,
    })
    expect(await total()).toBe(before)
  })

  it('counts rows, sheets and domains with data as the file will have them', async () => {
    const workbook = await preflight({ ...slowRequest, domain_name: 'all' })
    expect(workbook).toMatchObject({ rows: 50 * 25_920, sheets: 2, allowed: true })
    expect(await preflight({ ...day, format: 'xlsx' })).toMatchObject({ rows: 288, sheets: 1 })
    expect(await preflight({ ...day, format: 'xlsx', action: 'billing_summary' })).toMatchObject({ sheets: 2 })
    const asked = { ...day, start_time: start + 8 * 3_600_000, domain_name: 'www.example.test', service_area: 'global' }
    const own = await preflight(asked, server.credentials)
    const last = Date.parse('2026-09-01T08:00:00+08:00')
    expect(own).toMatchObject({
      rows: 16 * 12,
      coverage: { domains_with_data: 1, domains_without_data: 0, logged_until: last, logged_until_least: last },
    })
    const task = await succeeded(asked, server.credentials)
    expect([task['rows'], (task['manifest'] as Json)['coverage']]).toEqual([own['rows'], own['coverage']])
  })

  it.each(actions)('promises no fewer rows than there are: %s', async (action) => {
    // A bill has points of five minutes alone.
    const interval = action === 'bill' ? 300 : 3600
    const body = { ...day, action, group_by: 'domain', service_area: 'global', interval }
    const { rows } = await preflight(body, server.credentials)
    expect((await succeeded(body, server.credentials))['rows']).toBeLessThanOrEqual(Number(rows))
  })

  it.each([
    [
      { ...slowRequest, format: 'csv' },
      /up to 1296000 rows.*may have 1000\. .*shorter range, fewer domains, or interval 3600/,
    ],
    [{ ...slowRequest, interval: 3600 }, /up to 108000 rows.*may have 1000\. .*shorter range, or fewer domains$/],
    [{ ...day, action: 'top_url_detail', limit: 10_000 }, /up to 10000 rows.*fewer domains, or a lower limit$/],
  ])('does not allow what a create refuses, with the same words and a way out: %j', async (body, problem) => {
    expect((await set({ rows_max: 1_000 })).status).toBe(200)
    const looked = await preflight(body)
    expect(looked).toMatchObject({ allowed: false, problem: expect.stringMatching(problem) })
    expect(expectError(await post(target, body), 400, 'CDN.0005')).toBe(looked['problem'])
    expect((await set({})).status).toBe(200)
    expect(await preflight(body)).toMatchObject({ allowed: true, problem: null })
  })

  it.each([
    ['action', { action: 'x' }],
    ['task_name', { task_name: 'a\u0007' }],
    ['webhook_url', { webhook_url: 'http://10.0.0.1/' }],
    ['start_time', { end_time: start }],
  ])('refuses a wrong %s as a create does', async (parameter, body) => {
    const message = expectError(await post(preflightTarget, body), 400, 'CDN.0001')
    expect(message).toContain(`The parameter ${parameter} is invalid`)
    expect(expectError(await post(target, body), 400, 'CDN.0001')).toBe(message)
  })

  it('tells no foreign domain from one that there is not', async () => {
    const foreign = await post(preflightTarget, { domain_name: 'www.example.test' })
    const unknown = await post(preflightTarget, { domain_name: 'www.unknown.test' })
    const messages = [foreign, unknown].map((got) => expectError(got, 404, 'CDN.0105'))
    expect(messages[0]?.replace('example', 'unknown')).toBe(messages[1])
  })
})

describe('a limit of an account', () => {
  it('on waiting tasks refuses a create, a retry and a preflight, with what there is and what may be', async () => {
    const slow = await startSlowTask(server, account)
    await set({ tasks_waiting_max: 2 })
    const waiting = [await post(target), await post(target)].map((got) => String(got.json['task_id']))
    const message = expectError(await post(target), 400, 'CDN.0005')
    expect(message).toMatch(/has 2 tasks waiting, and may have 2\. .*cancel some/)
    expect(await preflight({})).toMatchObject({ allowed: false, problem: message })
    expect((await post(`${tasks}/${waiting[0]}/cancel`)).status).toBe(200)
    const third = await post(target)
    expect(third.status).toBe(200)
    expect(expectError(await post(`${tasks}/${waiting[0]}/retry`), 400, 'CDN.0005')).toBe(message)
    const other = await newAccount(server, 'not limited')
    expect((await post(target, {}, other)).status).toBe(200)
    await post(`${tasks}/${slow}/cancel`)
    for (const id of [waiting[1], third.json['task_id']]) while ((await show(id))['state'] !== 'success');
    expect((await post(`${tasks}/${waiting[0]}/retry`)).status).toBe(200)
    await set({})
  })

  it('on stored bytes refuses a create until something is deleted, with both figures', async () => {
    const owner = await newAccount(server, 'stores')
    const task = await succeeded({}, owner)
    const stored = (task['files'] as { bytes: number }[]).reduce((sum, file) => sum + file.bytes, 0)
    await set({ stored_bytes_max: stored }, owner.account_id)
    const message = expectError(await post(target, {}, owner), 400, 'CDN.0005')
    expect(message).toMatch(new RegExp(`take ${stored} bytes, and may take ${stored}\\. Delete`))
    expect(await preflight({}, owner)).toMatchObject({ allowed: false, problem: message })
    await set({ stored_bytes_max: stored + 1 }, owner.account_id)
    expect((await post(target, {}, owner)).status).toBe(200)
    await set({ stored_bytes_max: 1 }, owner.account_id)
    expectError(await post(target, {}, owner), 400, 'CDN.0005')
    const { data } = (await server.call('GET', target, undefined, owner)).json as { data: Json[] }
    for (const one of data) await server.call('DELETE', `${tasks}/${one['task_id']}`, undefined, owner)
    expect((await post(target, {}, owner)).status).toBe(200)
  })
})

describe('the settings of an account', () => {
  it('are set by an operator, as a whole, and answered', async () => {
    const all = {
      ...{ tasks_waiting_max: 5, tasks_running_max: 1, stored_bytes_max: 1e12, rows_max: 10 },
      ...{ default_format: 'parquet', default_compression: 'gzip' },
    }
    expect(await set(all)).toMatchObject({ status: 200, json: all })
    expect((await set({ rows_max: '7' })).json).toEqual({ rows_max: 7 })
    expect(await preflight({})).toMatchObject({ allowed: false, problem: expect.stringMatching(/may have 7\./) })
    expect((await set({})).json).toEqual({})
    expect(await preflight({})).toMatchObject({ allowed: true })
  })

  it('are nobody else’s, who learns nothing of which accounts there are', async () => {
    const ingest = await newKey(server, { role: 'ingest', account_id: account.account_id })
    for (const key of [account, ingest]) {
      const messages = []
      for (const id of [account.account_id, server.credentials.account_id, 'nobody']) {
        const path = `/api/v1/accounts/${id}/settings`
        messages.push(
          expectError(await sendSigned(server, { method: 'PUT', target: path, body: '{}', key }), 403, 'CDN.0004'),
        )
      }
      expect(new Set(messages).size).toBe(1)
    }
    const path = '/api/v1/accounts/nobody/settings'
    expectError(await sendSigned(server, { method: 'PUT', target: path, body: '{}' }), 404, 'CDN.0003')
  })

  it.each([
    ['tasks_waiting_max', 0],
    ['tasks_running_max', -1],
    ['stored_bytes_max', 1.5],
    ['rows_max', 'many'],
    ['rows_max', true],
    ['default_format', 'pdf'],
    ['default_format', ''],
    ['default_compression', 'rar'],
    ['default_compression', 1],
  ])('are refused where %s is %j', async (name, value) => {
    const path = `/api/v1/accounts/${account.account_id}/settings`
    const got = await sendSigned(server, { method: 'PUT', target: path, body: JSON.stringify({ [name]: value }) })
    expect(expectError(got, 400, 'CDN.0001')).toContain(`The parameter ${name} is invalid`)
  })

  it('give a create that names no format or compression the account’s', async () => {
    await set({ default_format: 'jsonl', default_compression: 'gzip' })
    const effective = async (body: Json) => {
      const { format, compression } = (await succeeded(body))['effective'] as Json
      return [format, compression]
    }
    expect(await effective({})).toEqual(['jsonl', 'gzip'])
    expect(await effective({ format: '', compression: '' })).toEqual(['jsonl', 'gzip'])
    expect(await effective({ format: 'csv' })).toEqual(['csv', 'gzip'])
    expect(await effective({ compression: 'none' })).toEqual(['jsonl', 'none'])
    const other = await newAccount(server, 'takes the defaults')
    expect((await succeeded({}, other))['effective']).toMatchObject({ format: 'csv', compression: 'none' })
    await set({})
    expect(await effective({})).toEqual(['csv', 'none'])
  })
})

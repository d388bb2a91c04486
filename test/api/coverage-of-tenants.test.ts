import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, type Json, newKey, sendSigned } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'
import { deliverBy, giveDomain, newTenant, type Tenant } from '../harness/tenants.ts'

const start = Date.parse('2026-09-01T08:00:00+08:00')
const hour = 3_600_000
const range = `start_time=${start}&end_time=${start + 3 * hour}`
const own = 'www.a.example.test'
const cadence = { files_per_hour: 1, delay_seconds: 0 }

let server: TestServer
let a: Tenant
let b: Tenant
beforeAll(async () => {
  server = await startTestServer()
  a = await newTenant(server, 'a', [own, 'quiet.a.example.test'])
  b = await newTenant(server, 'b', ['www.b.example.test'])
  await state('edge-a', cadence, a.accountId)
  // The hour between never came.
  for (const time of ['08', '10']) {
    const { json } = await a.deliver(fileOf(time), at(time), { source: 'edge-a' })
    expect(json['state']).toBe('loaded')
  }
})
afterAll(() => server.stop())

const state = (source: string, stated: Json, account?: string) => {
  const query = account === undefined ? '' : `?account=${encodeURIComponent(account)}`
  return server.call('PUT', `/api/v1/coverage/cadences/${encodeURIComponent(source)}${query}`, stated)
}
const fileOf = (time: string, domain = own) => `20260901${time}-${domain}-cn.log`
const at = (time: string, domain = own) => huaweiLine({ time: `01/Sep/2026:${time}:30:00 +0800`, domain })
const told = (json: Json, domain = own) =>
  (json['ranges'] as Json[])
    .filter((one) => one['domain_name'] === domain)
    .map((one) => `${one['state']} ${(Number(one['start_time']) - start) / hour}`)

/** What `work` leaves as it is, to the letter. */
async function expectUnchanged(work: () => Promise<unknown>): Promise<void> {
  const before = await a.coverage(`${range}&interval=3600`)
  expect(told(before)).toEqual(['final 0', 'missing 1', 'final 2'])
  await work()
  expect(await a.coverage(`${range}&interval=3600`)).toEqual(before)
}

describe('another account’s key', () => {
  it('cannot say by an empty file’s name that an hour is whole', async () => {
    await expectUnchanged(async () => {
      const before = await server.call('GET', '/api/v1/log-batches?state=loaded')
      for (const body of ['', gzipSync('')]) {
        for (const source of ['edge-a', 'default']) {
          const got = await b.deliver(fileOf('09'), body, { source })
          expect(expectError(got, 403, 'FLUXPORT.0107')).toContain(own)
        }
      }
      const after = await server.call('GET', '/api/v1/log-batches?state=loaded')
      expect(after.json['total']).toBe(before.json['total'])
    })
  })

  it('hears the same of a domain that is another’s and of one that nobody has', async () => {
    const textOf = async (domain: string) => {
      const got = await b.deliver(fileOf('09', domain), '')
      const text = expectError(got, 403, 'FLUXPORT.0107')
      return text.replace(/^Batch \d+/, '').replace(domain, 'DOMAIN')
    }
    expect(await textOf(own)).toBe(await textOf('nowhere.example.test'))
  })

  it('cannot do so by a file whose lines are rejected, whatever its name, its source and its lines', async () => {
    await expectUnchanged(async () => {
      for (const source of ['edge-a', 'nobody-knows-me', 'operator']) {
        const named = await b.deliver(fileOf('09'), at('09') + source, { source })
        expectError(named, 422, 'FLUXPORT.0110')
        const unnamed = await b.deliver('access.log', `${at('09')}${at('23')}# ${source}\n`, { source })
        expectError(unnamed, 422, 'FLUXPORT.0110')
        const forDomain = await b.deliver('other.log', `${source}\n${at('09')}`, {
          source,
          domain: own,
          format: 'huawei_offline',
        })
        expectError(forDomain, 422, 'FLUXPORT.0110')
      }
    })
  })

  it('cannot do so by requests of its own domain, under the name of the other’s file', async () => {
    await expectUnchanged(async () => {
      const { json } = await b.deliver(fileOf('09'), at('09', 'www.b.example.test'), { source: 'edge-a' })
      expect(json).toMatchObject({ state: 'loaded', requests: 1 })
    })
    // The name tells nothing; the request tells its own time.
    expect(told(await b.coverage(range), 'www.b.example.test').at(-1)).toMatch(/^missing/)
    expect(JSON.stringify(await b.coverage(range))).not.toContain(own)
  })

  it('does not change what is stated, nor have a task fail or succeed', async () => {
    await state('edge-a', { files_per_hour: 7 }, b.accountId)
    await expectUnchanged(async () => undefined)
    const require = async (from: number, to: number) => {
      const body = {
        ...{ start_time: start + from * hour, end_time: start + to * hour, domain_name: own },
        require_final: 'fail',
      }
      const { json } = await server.call('POST', '/v1/cdn/statistics/export-tasks', body, a.key)
      for (;;) {
        const task = await server.call('GET', `/api/v1/export-tasks/${json['task_id']}`, undefined, a.key)
        if (['success', 'fail'].includes(String(task.json['state']))) return task.json['state']
      }
    }
    expect(await require(0, 1)).toBe('success')
    expect(await require(1, 2)).toBe('fail')
    expect(await require(2, 3)).toBe('success')
  })
})

describe('the operator’s own sources', () => {
  it('tell of a tenant’s domains, and are not named to it', async () => {
    await server.call('DELETE', '/api/v1/domains/quiet.a.example.test')
    await giveDomain(server, a.accountId, 'shared.a.example.test')
    const lines = at('08', 'shared.a.example.test') + at('10', 'shared.a.example.test')
    for (const source of ['secret-pop-1', 'secret-pop-2', 'operator']) {
      const loaded = await server.load(lines + source, { name: `${source}.log`, source, format: 'huawei_offline' })
      expect(loaded.json).toMatchObject({ state: 'loaded', requests: 2 })
    }
    const owned = await a.deliver('operator.log', lines, { source: 'operator' })
    expect(owned.json).toMatchObject({ state: 'loaded', requests: 2 })
    const query = `${range}&domain_name=shared.a.example.test`
    const shown = await a.coverage(query)
    expect((shown['sources'] as Json[]).map((one) => one['source'])).toEqual([
      'operator',
      'operator 2',
      'operator 3',
      'operator 4',
    ])
    expect(JSON.stringify(shown)).not.toMatch(/secret|pop/)
    const body = { start_time: start, end_time: start + hour, domain_name: 'shared.a.example.test' }
    const preflight = await server.call('POST', '/api/v1/export-tasks/preflight', body, a.key)
    expect(preflight.text).toContain('operator 4')
    expect(preflight.text).not.toMatch(/secret|pop/)
  })

  it('are shown with their account where cadences are listed, which nobody but an operator may', async () => {
    const { json } = await server.call('GET', '/api/v1/coverage/cadences')
    const listed = (json['cadences'] as Json[]).map((one) => [one['source'], one['account_id'], one['files_per_hour']])
    expect(listed).toContainEqual(['edge-a', a.accountId, 1])
    expect(listed).toContainEqual(['edge-a', b.accountId, 7])
    expect((await sendSigned(server, { target: '/api/v1/coverage/cadences', key: a.key })).status).toBe(403)
    const unknown = await state('edge-a', {}, 'no-such-account')
    expect([unknown.status, unknown.json['error_code']]).toEqual([400, 'CDN.0001'])
    expect(String(unknown.json['error_msg'])).toContain('account')
    expect((await state('*', { delay_seconds: 5 }, a.accountId)).status).toBe(400)
  })
})

describe('a key that is limited to domains', () => {
  it('tells of those alone, whatever file it delivers', async () => {
    for (const domain of ['one.a.example.test', 'two.a.example.test']) await giveDomain(server, a.accountId, domain)
    const both = at('08', 'one.a.example.test') + at('08', 'two.a.example.test')
    expect((await a.deliver('both.log', both, { source: 'lists' })).json).toMatchObject({ requests: 2 })
    await state('lists', { delay_seconds: 0 }, a.accountId)
    const query = `${range}&interval=3600&domain_name=one.a.example.test,two.a.example.test`
    const before = await a.coverage(query)
    expect(told(before, 'two.a.example.test').slice(1)).toEqual(['missing 1'])
    const { ingest_token: token } = await newKey(server, {
      ...{ role: 'ingest', account_id: a.accountId, domains: ['one.a.example.test'] },
    })
    const later = at('08', 'one.a.example.test') + at('10', 'one.a.example.test') + at('10', 'two.a.example.test')
    const got = await deliverBy(server, token, later, { name: 'one.log', source: 'lists', overlap: 'accept' })
    expect(got.json).toMatchObject({ state: 'loaded', requests: 2, rejected_lines: 1 })
    const after = await a.coverage(query)
    expect(told(after, 'two.a.example.test')).toEqual(told(before, 'two.a.example.test'))
    expect(told(after, 'one.a.example.test')).not.toEqual(told(before, 'one.a.example.test'))
    const empty = await deliverBy(server, token, '', { name: fileOf('09', 'two.a.example.test'), source: 'lists' })
    expectError(empty, 403, 'FLUXPORT.0107')
  })

  it('does not let a source skip hours of another domain', async () => {
    const [one, two] = ['skip1.a.example.test', 'skip2.a.example.test']
    for (const domain of [one, two]) await giveDomain(server, a.accountId, domain)
    await state('skips', { ...cadence, skips_empty_hours: true }, a.accountId)
    for (const domain of [one, two]) await a.deliver(fileOf('08', domain), at('08', domain), { source: 'skips' })
    const query = `${range}&interval=3600&domain_name=${two}`
    const before = told(await a.coverage(query), two)
    expect(before).toEqual(['final 0', 'missing 1'])
    const { ingest_token: token } = await newKey(server, { role: 'ingest', account_id: a.accountId, domains: [one] })
    await deliverBy(server, token, at('10', one), { name: fileOf('10', one), source: 'skips' })
    expect(told(await a.coverage(query), two)).toEqual(before)
    await a.deliver(fileOf('11', one), at('11', one), { source: 'skips' })
    // Both hours are one range now.
    expect(told(await a.coverage(query), two)).toEqual(['final 0'])
  })
})

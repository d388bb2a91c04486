import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseCsv } from '../harness/csv.ts'
import { assign, linesOf, newTenant, push, release, type Tenant, theHour } from '../harness/customers.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { type Json, newKey, sendSigned } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let a: Tenant
let b: Tenant
/** A key of the operator's own account that is no operator's. */
let ofFirst: Key

/** Bytes of a domain's requests are told apart by their powers of ten. */
const sizes = { a: 1, b: 1_000, first: 1_000_000, moved: 10_000_000, whole: 100_000_000 }

beforeAll(async () => {
  server = await startTestServer()
  a = await newTenant(server, 'a-company')
  b = await newTenant(server, 'b-company')
  ofFirst = await newKey(server, { role: 'account' })
  await assign(server, 'www.a.example.test', a.accountId)
  await assign(server, 'www.b.example.test', b.accountId)
  await push(server, a.token, linesOf('www.a.example.test', 4, { bytes: sizes.a }))
  await push(server, b.token, linesOf('www.b.example.test', 3, { bytes: sizes.b }))
  await server.load(linesOf('www.nobody.example.test', 2, { bytes: sizes.first }), { name: 'nobody.log' })
  await transferred('moved.example.test', sizes.moved, {})
  await transferred('whole.example.test', sizes.whole, { with_history: true })
})
afterAll(() => server.stop())

/** A domain that `a` had for three requests, and `b` for the next two. */
async function transferred(domain: string, bytes: number, more: object) {
  await assign(server, domain, a.accountId)
  await push(server, a.token, linesOf(domain, 3, { bytes }))
  await release(server, domain)
  await assign(server, domain, b.accountId, more)
  await push(server, b.token, linesOf(domain, 2, { bytes, path: '/later' }))
}

const asked = { service_area: 'global', language: 'en', group_by: 'domain', format: 'jsonl', interval: 300, ...theHour }

async function rowsOf(request: Json, key?: Key): Promise<Json[]> {
  const [id = ''] = await createAll(server, [{ ...asked, ...request }], key)
  const { files } = await exportedBy(server, id, key)
  const text = files[0]?.bytes.toString('utf8') ?? ''
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Json)
}

const coverageOf = async (query: string, key?: Key) => {
  const range = `start_time=${theHour.start_time}&end_time=${theHour.end_time}`
  return (await server.call('GET', `/api/v1/coverage?${range}&${query}`, undefined, key)).json
}
type Refused = { status: number; json: Json }
/** Answers the message of an error. */
function expectRefused({ status, json }: Refused, expected: number, code: string): string {
  expect([status, json['error_code']], JSON.stringify(json)).toEqual([expected, code])
  return String(json['error_msg'])
}
const inOrder = (rows: Json[]) => rows.map((row) => JSON.stringify(row)).sort()
const bytesOf = (rows: Json[]) => rows.reduce((sum, row) => sum + Number(row['flux']), 0)

describe('an operator who says whose data', () => {
  it('gets of an account what that account gets itself, to the letter', async () => {
    for (const tenant of [a, b]) {
      const own = await rowsOf({}, tenant.key)
      expect(own.length).toBeGreaterThan(0)
      expect(await rowsOf({ account: tenant.accountId })).toEqual(own)
      const { judged_at: _at, ...coverage } = await coverageOf('', tenant.key)
      expect(await coverageOf(`account=${tenant.accountId}`)).toMatchObject(coverage)
    }
  })

  it('gets of all what the accounts have together, each request once', async () => {
    const parts = [...(await rowsOf({})), ...(await rowsOf({ account: a.accountId }))]
    parts.push(...(await rowsOf({ account: b.accountId })))
    const all = await rowsOf({ account: 'all' })
    expect(inOrder(all)).toEqual(inOrder(parts))
    // Of the domain that moved without its history, what its former owner delivered is nobody's.
    const expected = 4 * sizes.a + 3 * sizes.b + 2 * sizes.first + 2 * sizes.moved + 5 * sizes.whole
    expect(bytesOf(all)).toBe(expected)
    const [summed] = await rowsOf({ account: 'all', group_by: '', interval: 3600 })
    expect(summed?.['flux']).toBe(expected)
  })

  it('gets the domains that it names, whose they may be', async () => {
    const domains = 'www.a.example.test,www.b.example.test'
    const rows = await rowsOf({ account: 'all', domain_name: domains, interval: 3600 })
    expect(rows.map((row) => [row['domain'], row['flux']])).toEqual([
      ['www.a.example.test', 4 * sizes.a],
      ['www.b.example.test', 3 * sizes.b],
    ])
    const foreign = { ...asked, account: a.accountId, domain_name: 'www.b.example.test' }
    expectRefused(await server.call('POST', tasksPath, foreign), 404, 'CDN.0105')
    const unknown = { ...asked, account: 'all', domain_name: 'www.unknown.example.test' }
    expectRefused(await server.call('POST', tasksPath, unknown), 404, 'CDN.0105')
  })

  it('is told in manifest and preflight whose data they are', async () => {
    const [id = ''] = await createAll(server, [{ ...asked, account: a.accountId, format: 'xlsx' }])
    const { task } = await exportedBy(server, id)
    expect((task['manifest'] as Json)['account']).toEqual({ id: a.accountId, name: 'a-company' })
    expect(task['account']).toEqual({ id: a.accountId, name: 'a-company' })
    const preflight = async (account?: string) =>
      (await server.call('POST', '/api/v1/export-tasks/preflight', { ...asked, ...(account ? { account } : {}) })).json
    const all = await preflight('all')
    expect(all['traffic']).toMatchObject({ file: { requests: 16 }, range: { requests: 16 } })
    expect(all['domains_of_other_accounts']).toBe(0)
    expect(all['account']).toEqual({ id: 'all', name: null })
    // The three requests before `b` had the domain that came to it without them.
    expect(all['hidden_traffic']).toEqual({ domains: 1, requests: 3, flux: 3 * sizes.moved })
    expect((await preflight(a.accountId))['hidden_traffic']).toEqual({ domains: 0, requests: 0, flux: 0 })
    const byOwner = await server.call('POST', '/api/v1/export-tasks/preflight', asked, b.key)
    expect([byOwner.json['hidden_traffic'], byOwner.json['account']]).toEqual([null, null])
    expect((await preflight(a.accountId))['traffic']).toMatchObject({ file: { requests: 4 }, range: { requests: 4 } })
    // b has three, and one is nobody's.
    expect((await preflight(a.accountId))['domains_of_other_accounts']).toBe(4)
    expect((await preflight())['domains_of_other_accounts']).toBe(4)
  })

  it('is refused an account that there is not', async () => {
    const text = expectRefused(await server.call('POST', tasksPath, { ...asked, account: 'nobody' }), 400, 'CDN.0001')
    expect(text).toContain('account')
    expectRefused(await server.call('GET', '/api/v1/coverage?account=nobody'), 400, 'CDN.0001')
  })
})

describe('coverage of all', () => {
  it('judges each domain by its own account’s sources, and names those with their accounts', async () => {
    const all = await coverageOf('account=all')
    const names = (all['sources'] as Json[]).map((one) => one['source'])
    expect(names).toEqual(['a-company: default', 'b-company: default', 'default: default'])
    const ranges = (all['ranges'] as Json[]).map(({ sources: _sources, ...range }) => range)
    const parts = [await coverageOf(''), await coverageOf(`account=${a.accountId}`)]
    parts.push(await coverageOf(`account=${b.accountId}`))
    const apart = parts.flatMap((part) => part['ranges'] as Json[]).map(({ sources: _sources, ...range }) => range)
    expect(inOrder(ranges)).toEqual(inOrder(apart))
  })

  it('counts the rejected lines of a file once, whoever owns its domains', async () => {
    const lines = linesOf('www.a.example.test', 1, { path: '/x' }) + linesOf('www.b.example.test', 1, { path: '/x' })
    await server.load(`${lines}no log line\n`, { name: 'both.log', format: 'huawei_offline', source: 'both' })
    const all = await coverageOf('account=all')
    const both = (all['sources'] as Json[]).find((one) => one['source'] === 'default: both')
    expect(both).toMatchObject({ rejected_lines: 1 })
  })
})

const tasksPath = '/v1/cdn/statistics/export-tasks'

describe('a task with others’ data', () => {
  it('is its operators’ alone: other keys of the account cannot tell that it is there', async () => {
    const listedBy = async (key?: Key) => (await server.call('GET', `${tasksPath}?limit=100`, undefined, key)).json
    const before = await listedBy(ofFirst)
    const [id = ''] = await createAll(server, [{ ...asked, account: 'all', task_name: 'everybody' }])
    await exportedBy(server, id)
    expect(await listedBy(ofFirst)).toEqual(before)
    expect(((await listedBy())['data'] as Json[]).map((task) => task['task_id'])).toContain(id)
    const named = await server.call('GET', `${tasksPath}?task_name=everybody`, undefined, ofFirst)
    expect(named.json).toEqual({ total: 0, data: [] })
    const path = `/api/v1/export-tasks/${id}`
    for (const [method, target] of [
      ['GET', path],
      ['GET', `${path}/changes`],
      ['POST', `${path}/cancel`],
      ['POST', `${path}/retry`],
      ['DELETE', path],
    ] as const) {
      const nobodys = await server.call(method, target.replace(id, '0'.repeat(32)), undefined, ofFirst)
      const got = await server.call(method, target, undefined, ofFirst)
      expect([got.status, got.json['error_msg']]).toEqual([nobodys.status, nobodys.json['error_msg']])
      expect(got.status).toBe(404)
    }
    expect((await server.call('GET', path)).json).toMatchObject({ state: 'success' })
    expect((await server.call('GET', `${path}/changes`)).json).toMatchObject({ task_id: id, complete: true })
  })
})

describe('a create that names an account', () => {
  it('waits for the buckets of those domains, not of the creator’s', async () => {
    const ended = async (account: string) => {
      const [id] = await createAll(server, [{ ...asked, account, require_final: 'fail' }])
      return await exportedBy(server, id ?? '').catch(String)
    }
    expect(await ended(a.accountId)).toMatch(/FLUXPORT.0401.*The bucket of moved\.|FLUXPORT.0401.*www\.a\./)
    expect(await ended('all')).toMatch(/FLUXPORT.0401/)
  })

  it('answers an idempotency key to operators alone', async () => {
    const headers = { 'Idempotency-Key': 'bill-of-all' }
    const sent = { ...asked, account: 'all' }
    const by = (body: object, key?: Key) =>
      sendSigned(server, {
        ...{ method: 'POST', target: tasksPath, body: JSON.stringify(body) },
        headers: { ...headers, 'Content-Type': 'application/json' },
        ...(key === undefined ? {} : { key }),
      })
    const made = await by(sent)
    expect((await by(sent)).json['task_id']).toBe(made.json['task_id'])
    expectRefused(await by(sent, ofFirst), 403, 'CDN.0004')
    expectRefused(await by(asked, ofFirst), 422, 'FLUXPORT.0203')
  })
})

describe('a list of tasks by account', () => {
  it('has each task with its account, and no link that is for another’s keys', async () => {
    const [own = ''] = await createAll(server, [asked], a.key)
    await exportedBy(server, own, a.key)
    const listed = async (query: string) => (await server.call('GET', `${tasksPath}?${query}`)).json
    const ofA = await listed(`account=${a.accountId}&limit=100`)
    const byA = (await server.call('GET', `${tasksPath}?limit=100`, undefined, a.key)).json
    const row = { account_id: a.accountId, account_name: 'a-company', download_link: null }
    expect(ofA).toEqual({ ...byA, data: (byA['data'] as Json[]).map((task) => ({ ...task, ...row })) })
    const all = await listed('account=all&limit=100')
    const totals = [await listed('limit=1'), ofA, await listed(`account=${b.accountId}`)].map((one) => one['total'])
    expect(all['total']).toBe(totals.reduce((sum: number, total) => sum + Number(total), 0))
    const rows = all['data'] as Json[]
    expect(rows.map((task) => task['update_time'])).toEqual(
      rows
        .map((task) => task['update_time'])
        .toSorted()
        .reverse(),
    )
    expect(new Set(rows.map((task) => task['account_name']))).toEqual(new Set(['a-company', 'b-company', 'default']))
    const links = rows.filter((task) => task['download_link'] !== null)
    expect(new Set(links.map((task) => task['account_name']))).toEqual(new Set(['default']))
    expect(await listed(`account=all&task_id=${own}`)).toMatchObject({ total: 1, data: [{ task_id: own }] })
    expect(await listed('account=all&limit=1&offset=1')).toMatchObject({ data: [{ task_id: rows[1]?.['task_id'] }] })
  })
})

describe('a bill of all accounts', () => {
  const sheetsOf = async (request: Json) => {
    const bill = { action: 'bill', start_date: '2026-09-01', end_date: '2026-10-01', format: 'csv', language: 'en' }
    const [id = ''] = await createAll(server, [{ ...bill, service_area: 'global', compression: 'none', ...request }])
    const { files } = await exportedBy(server, id)
    return files.map(({ bytes }) => parseCsv(bytes.toString()).slice(1))
  }

  it('has the lines of each account as its own bill has them, and totals that add up', async () => {
    const [cover = [], , , points = []] = await sheetsOf({ account: 'all' })
    const linesOfAccount = (name: string) => cover.filter((row) => row[1] === name)
    for (const [name, account] of [
      ['a-company', a.accountId],
      ['b-company', b.accountId],
    ] as const) {
      const [own = []] = await sheetsOf({ account })
      expect(own.length).toBeGreaterThan(1)
      expect(linesOfAccount(name)).toEqual(own)
    }
    const bytes = (rows: string[][]) => rows.reduce((sum, row) => sum + BigInt(row[4] || 0), 0n)
    const totals = cover.filter((row) => row[2] === 'Total' && row[1] !== 'All accounts')
    const last = cover.at(-1) ?? []
    expect([last[1], last[2], BigInt(last[4] ?? 0)]).toEqual(['All accounts', 'Total', bytes(totals)])
    expect(bytes(cover.filter((row) => row[2] !== 'Total'))).toBe(bytes(totals))
    expect(new Set(points.map((row) => `${row[1]} ${row[2]}`))).toEqual(
      new Set([...totals, last].map((row) => `${row[1]} ${row[2]}`)),
    )
    expect(bytes(points)).toBe(2n * bytes(totals))
  })
})

describe('whoever is no operator', () => {
  it('is told the same, whatever account it names', async () => {
    const names = [a.accountId, b.accountId, b.accountId.toUpperCase(), 'all', 'ALL', 'b-company', 'nobody', '*', ' ']
    for (const account of [...names, "' OR 1=1 --"]) {
      for (const key of [a.key, ofFirst]) {
        const sent = { ...asked, account }
        const made = await server.call('POST', tasksPath, sent, key)
        const planned = await server.call('POST', '/api/v1/export-tasks/preflight', sent, key)
        const query = `account=${encodeURIComponent(account)}`
        const covered = await server.call('GET', `/api/v1/coverage?${query}`, undefined, key)
        const list = await server.call('GET', `${tasksPath}?${query}`, undefined, key)
        const texts = [made, planned, covered, list].map((got) => expectRefused(got, 403, 'CDN.0004'))
        expect(new Set(texts)).toEqual(new Set(['The parameter account is for operators alone']))
      }
    }
  })
})

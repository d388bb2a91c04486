import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { assign, linesOf, newTenant, push, release, type Tenant, theHour } from '../harness/customers.ts'
import { createAll, exportedBy } from '../harness/exports.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { type Key, startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
let giver: Tenant
let taker: Tenant
const [kept, moved] = ['a-kept.example.test', 'b-moved.example.test']
beforeAll(async () => {
  server = await startTestServer()
  giver = await newTenant(server, 'giver')
  taker = await newTenant(server, 'taker')
  for (const domain of [kept, moved]) await assign(server, domain, giver.accountId)
  await assign(server, 'taken.example.test', taker.accountId)
  await push(server, giver.token, linesOf(kept, 3, { bytes: 1_000 }) + linesOf(moved, 2, { bytes: 50_000 }))
  await push(server, taker.token, linesOf('taken.example.test', 1, { bytes: 9 }))
})
afterAll(() => server.stop())

const billed = { action: 'billing_summary', format: 'jsonl', language: 'en', service_area: 'global' }
const month = { start_date: '2026-09-01', end_date: '2026-10-01' }

/** A bill's traffic by domain, as its file has it. */
async function bill(key: Key, more: Json = {}): Promise<{ id: string; flux: Map<string, unknown> }> {
  const [id = ''] = await createAll(server, [{ ...billed, ...month, ...more }], key)
  const { files } = await exportedBy(server, id, key)
  const rows = (files[0]?.bytes.toString('utf8').trim().split('\n') ?? []).map((line) => JSON.parse(line) as Json)
  return { id, flux: new Map(rows.map((row) => [String(row['domain']), row['flux']])) }
}

type Figures = { flux: unknown } | null
type Changes = Json & { months: { domain_name: string | null; before: Figures; after: Figures }[]; domains: Json[] }
async function changes(id: string, key?: Key): Promise<Changes> {
  const { status, json, text } = await server.call('GET', `/api/v1/export-tasks/${id}/changes`, undefined, key)
  expect(status, text).toBe(200)
  return json as Changes
}
const fluxOf = ({ months }: Changes) =>
  months.map(({ domain_name: name, before, after }) => [name ?? 'Total', before?.flux ?? null, after?.flux ?? null])
/** `domain: before > after` in bytes. */
const sumsOf = ({ domains }: Changes) =>
  domains.map((one) => `${one['domain_name']}: ${one['flux_before']} > ${one['flux_after']}`)

it('has what the file has before, and no figure after, of a domain that went to another account', async () => {
  const ofGiver = await bill(giver.key)
  const named = await bill(giver.key, { domain_name: moved })
  const ofTaker = await bill(taker.key)
  const ofOperator = await bill(server.credentials, { account: giver.accountId })
  const ofAll = await createAll(server, [{ ...theHour, account: 'all', service_area: 'global' }])
  await exportedBy(server, ofAll[0] ?? '')
  await release(server, moved)
  await assign(server, moved, taker.accountId)
  await push(server, taker.token, linesOf(moved, 1, { bytes: 7 }))

  for (const { id, flux, key } of [
    { ...ofGiver, key: giver.key },
    { ...ofOperator, key: server.credentials },
  ]) {
    const found = await changes(id, key)
    expect(fluxOf(found)).toEqual([
      ['Total', flux.get('Total'), 3_000],
      [moved, flux.get(moved), null],
    ])
    expect(sumsOf(found)).toEqual([`${moved}: 100000 > null`])
    // The taker's batch is none of the giver's business.
    expect(found).toMatchObject({ domains_gone: 1, domains_come: 0, loads_added: 0, total: 0, changes: [] })
  }
  const only = await changes(named.id, giver.key)
  expect(fluxOf(only)[1]).toEqual([moved, named.flux.get(moved), null])
  expect(only).toMatchObject({ domains_gone: 1, loads_added: 0 })

  const taken = await changes(ofTaker.id, taker.key)
  expect(fluxOf(taken)).toEqual([
    ['Total', ofTaker.flux.get('Total'), 16],
    [moved, null, 7],
  ])
  expect(sumsOf(taken)).toEqual([`${moved}: null > 7`])
  expect(taken).toMatchObject({ domains_gone: 0, domains_come: 1, loads_added: 1, total: 0 })

  // Of all accounts the domain stays; its new owner does not see what the former one had.
  const all = await changes(ofAll[0] ?? '')
  expect(sumsOf(all)).toEqual([`${moved}: 100000 > 7`])
  expect(all).toMatchObject({ domains_gone: 0, domains_come: 0, months: null })
  expect((all['changes'] as Json[])[0]).toMatchObject({ domain_name: moved, flux_before: 100_000, flux_after: 7 })

  const ran = await runCommand(server.dataDir, 'tasks', 'changes', ofOperator.id)
  expect(ran.out).toContain('1 domain of the file is no longer of its account: a new file lacks it')
  expect(ran.out).toMatch(new RegExp(`^${moved} +100,000 +- +- +- +2 +-`, 'm'))
})

it('has what the operator’s own file has, of a domain that went to a customer, and that came back', async () => {
  const domain = 'c-first.example.test'
  const line = huaweiLine({ domain, time: '01/Sep/2026:08:00:00 +0800', bytes: 11 })
  await server.load(line, { name: 'first.log', format: 'huawei_offline' })
  const before = await bill(server.credentials)
  expect(before.flux.get(domain)).toBe(11)
  await assign(server, domain, taker.accountId)
  const gone = await changes(before.id)
  expect(fluxOf(gone)).toContainEqual([domain, 11, null])
  expect(fluxOf(gone)[0]?.[1]).toBe(before.flux.get('Total'))
  await release(server, domain)
  expect(await changes(before.id)).toMatchObject({ months: [], domains: [], domains_gone: 0, domains_come: 0 })
})

it('compares with what its account saw then, of a domain whose history it was given since', async () => {
  const { id, flux } = await bill(taker.key)
  expect(flux.get(moved)).toBe(7)
  await assign(server, moved, taker.accountId, { with_history: true })
  const found = await changes(id, taker.key)
  expect(fluxOf(found)).toContainEqual([moved, 7, 100_007])
  expect(sumsOf(found)).toEqual([`${moved}: 7 > 100007`])
  expect((found['changes'] as Json[])[0]).toMatchObject({ domain_name: moved, flux_before: 7, flux_after: 100_007 })
})

it('has traffic of 2^53 bytes and more of a bill to the byte', async () => {
  const domain = 'large.example.test'
  await assign(server, domain, taker.accountId)
  // A line has at most 2^50 bytes.
  const add = async (more: number) => {
    const lines = linesOf(domain, 8, { bytes: String(2n ** 50n) }) + linesOf(domain, 1, { bytes: more })
    expect((await push(server, taker.token, lines)).json).toMatchObject({ requests: 9 })
  }
  await add(1)
  const { id } = await bill(taker.key)
  await add(3)
  const { status, text } = await server.call('GET', `/api/v1/export-tasks/${id}/changes`, undefined, taker.key)
  expect(status, text).toBe(200)
  expect(text).toContain(`"domain_name":"${domain}","before":{"flux":${2n ** 53n + 1n},`)
  expect(text).toContain(`"after":{"flux":${2n ** 54n + 4n},`)
})

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exactJson } from '../../src/exact-json.ts'
import { clientKeyOf } from '../harness/client-key.ts'
import { parseCsv } from '../harness/csv.ts'
import { clientsOf, distinctClients, filesWith, logOf, range, rangeClients } from '../harness/privacy.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const clients = clientsOf(0, 300)
const log = logOf(clients, 'a')
const rejectedLine = '203.0.113.77 - - [01/Sep/2026:08:00:01 +0800] "GET /a?token=geheim'

/** Everything that a report says of these requests, but for who asked and for what is after the question mark. */
const sameReports: Json[] = [
  { group_by: 'domain', interval: 300 },
  { interval: 3600 },
  { action: 'uv', interval: 300, group_by: 'domain' },
  { action: 'uv', interval: 3600 },
  { action: 'uv', interval: 3600, domain_name: 'd1.example.test', service_area: 'mainland_china' },
  { action: 'isp_detail', interval: 3600 },
  { action: 'top_path_detail', group_by: 'domain' },
  { action: 'top_ua_detail', stat_type: 'req_num' },
  { action: 'billing_summary' },
].map((request) => ({ ...range, ...request }))

let plain: TestServer
let server: TestServer
let batch: Json
beforeAll(async () => {
  plain = await startTestServer()
  server = await startTestServer({ clientAddresses: 'truncated', queryStrings: 'without:token,MAIL' })
  await plain.load(`${log}${rejectedLine}\n`)
  batch = (await server.load(`${log}${rejectedLine}\n`)).json
})
afterAll(async () => {
  await plain.stop()
  await server.stop()
})

describe('a server with a privacy profile', () => {
  it.each(sameReports)('reports what one without it does: %j', async (request) => {
    expect(await server.exportText(request)).toBe(await plain.exportText(request))
  })

  it('counts clients as they are, not by network', async () => {
    expect(await rangeClients(server)).toBe(distinctClients(clients))
  })

  it('lists networks where it would list addresses', async () => {
    const rows = parseCsv(await server.exportText({ ...range, action: 'top_ip_detail', limit: 10_000 })).slice(1)
    const networkOf = (client: string) => {
      if (['-', '::1'].includes(client)) return `'-` // as a spreadsheet must not take it for a formula
      const [ipv4] = /\d+\.\d+\.\d+\.\d+$/.exec(client) ?? []
      return ipv4
        ? ipv4.replace(/\.\d+$/, '.0')
        : client.replace(/^2001:db8:(\w+):.*/, '2001:db8:$1::').replace(':0::', '::')
    }
    const expected = new Map<string, number>()
    for (const client of clients) expected.set(networkOf(client), (expected.get(networkOf(client)) ?? 0) + 1)
    expect(new Map(rows.map((row) => [row[1], Number(row[3])]))).toEqual(expected)
  })

  it('lists URLs and referrers without what is dropped', async () => {
    const urls = await server.exportText({ ...range, action: 'top_url_detail', limit: 10_000 })
    const referrers = await server.exportText({ ...range, action: 'top_referer_detail' })
    expect(urls).toMatch(/d0\.example\.test\/0\?id=0",/)
    expect(parseCsv(referrers).map((row) => row[1])).toEqual(expect.arrayContaining(['https://r.test/?id=0']))
    expect(`${urls}${referrers}`).not.toMatch(/geheim|token|mail/)
    expect(await plain.exportText({ ...range, action: 'top_url_detail', limit: 10_000 })).toContain('geheim-a-1')
  })

  it('has no whole address and no dropped parameter in any table', async () => {
    const tables = await server.warehouse.rows<{ name: string }>(
      `SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'`,
    )
    const texts = async (from: TestServer) => {
      const rows = []
      for (const { name } of tables) rows.push(await from.warehouse.rows<Json>(`SELECT * FROM ${name}`))
      return exactJson(rows)
    }
    const ours = await texts(server)
    const whole = clients
      .filter((client) => client !== '-')
      .map((client) => `"${client.replace(/^(?=\d+\.)/, '::ffff:')}"`)
    const [theirs, found] = [await texts(plain), whole.filter((client) => ours.includes(client))]
    expect(found).toEqual([])
    expect(ours).not.toMatch(/geheim|token|mail|203\.0\.113\.77/)
    expect(whole.filter((client) => theirs.includes(client)).length).toBeGreaterThan(500)
    expect(theirs).toMatch(/geheim/)
  })

  it('says of a batch what was kept, and shows the shape of its rejected lines', async () => {
    expect(batch).toMatchObject({ client_addresses: 'truncated', query_strings: 'without:token,MAIL' })
    const { json, text } = await server.call('GET', `/api/v1/log-batches/${batch['batch_id']}`)
    expect(json).toMatchObject({ client_addresses: 'truncated', query_strings: 'without:token,MAIL' })
    expect(text).toContain('000.0.000.00 - - [00/Aaa/0000:00:00:00 +0000] \\"AAA /a?aaaaa=aaaaaa')
    expect(text).not.toMatch(/geheim|203\.0\.113/)
    const [, ofPlain] = (await plain.call('GET', '/api/v1/log-batches')).text.split('"batches"')
    expect(ofPlain).toContain('"client_addresses":"full","query_strings":"keep"')
  })

  it('previews lines as they would be kept', async () => {
    const line = logOf(['203.0.113.77'], 'p').trimEnd()
    const lines = [line, rejectedLine, logOf(['2001:db8:1:2::9'], 'q').trimEnd()]
    const { json, text } = await server.call('POST', '/api/v1/log-batches/preview', { format: 'huawei_offline', lines })
    expect(json['lines']).toMatchObject([
      { reason: null, request: { client: '203.0.113.0', target: '/0?id=0', referrer: 'https://r.test/?id=0' } },
      { reason: 'fields', request: null },
      { reason: null, request: { client: '2001:db8:1::', target: '/0?id=0' } },
    ])
    expect(text).not.toMatch(/geheim|203\.0\.113\.77|:2::9/)
    const asIs = await plain.call('POST', '/api/v1/log-batches/preview', { format: 'huawei_offline', lines })
    expect(asIs.json['lines']).toMatchObject([
      { line, request: { client: '203.0.113.77' } },
      { line: rejectedLine },
      {},
    ])
  })

  it('finds its own data consistent', async () => {
    const { json } = await server.call('POST', '/api/v1/consistency-checks', {})
    expect(json).toMatchObject({ consistent: true, findings: [] })
  })

  it('has its key nowhere in the open: in no file, no answer', async () => {
    const forms = await clientKeyOf(server.dataDir)
    expect(await filesWith(server.dataDir, forms)).toEqual([])
    for (const path of ['/metrics', '/openapi.json', '/api/v1/log-batches'])
      for (const form of forms) expect((await server.call('GET', path)).text).not.toContain(String(form))
  })
})

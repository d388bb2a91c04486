import { readdirSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

/** Inputs on which figures were wrong, each in a directory of its name, and the right figures. */
type Case = {
  query?: Record<string, string>
  /** Requests and bytes of every domain. */
  domains: Record<string, [requests: number, bytes: number]>
  /** Bytes of every client. */
  clients?: Record<string, number>
  hits?: number
  /** Bytes of every 5 minutes, by their beginning in UTC. */
  buckets?: Record<string, number>
  /** Requests of clients in the Chinese mainland. */
  mainlandRequests?: number
  paths?: string[]
}

const www = 'www.example.test'
const stated = { domain: www }
const fiveClients = Object.fromEntries([11, 12, 13, 14, 15].map((host) => [`203.0.113.${host}`, 1_000]))

const cases: Record<string, Case | { refused: string; query: Record<string, string> }> = {
  'byte-order-mark': { domains: { 'a.example.test': [2, 2_000] }, clients: { '8.8.8.8': 1_000, '8.8.4.4': 1_000 } },
  'client-with-port': {
    query: { format: 'google_cloud_cdn' },
    domains: { [www]: [4, 4_000] },
    clients: { '8.8.8.8': 1_000, '8.8.4.4': 1_000, '2001:4860:4860::8888': 1_000, '2001:4860:4860::8844': 1_000 },
    mainlandRequests: 0,
  },
  'cloudflare-worker-subrequests': { domains: { [www]: [1, 1_000] } },
  'cloudfront-header-changes': { domains: { [www]: [3, 51_000] } },
  'cr-line-ends': { query: stated, refused: 'FLUXPORT.0110' },
  'envoy-quote-in-user-agent': { domains: { [www]: [2, 3_000] } },
  'fastly-classic-prefix': { query: stated, domains: { [www]: [5, 5_000] }, clients: fiveClients },
  'fastly-default-quotes': {
    query: stated,
    domains: { [www]: [6, 5_000] },
    clients: { ...fiveClients, '203.0.113.19': 0 },
  },
  'haproxy-dst-los-angeles': {
    query: { format: 'haproxy', log_zone: 'America/Los_Angeles' },
    domains: { [www]: [7, 43_000] },
    buckets: {
      '2026-11-01T07:10:00Z': 1_000,
      '2026-11-01T10:10:00Z': 3_000,
      '2026-11-01T11:10:00Z': 4_000,
      '2026-11-01T12:10:00Z': 5_000,
      '2026-11-01T16:10:00Z': 9_000,
      '2026-11-01T17:10:00Z': 10_000,
      '2026-11-01T18:10:00Z': 11_000,
    },
  },
  'haproxy-response-capture': {
    query: { ...stated, format: 'haproxy', log_zone: 'Asia/Shanghai' },
    domains: { [www]: [1, 1_000] },
  },
  'haproxy-truncated': {
    query: { format: 'haproxy', log_zone: 'Asia/Shanghai' },
    domains: { [www]: [2, 701_000] },
  },
  'json-blank-after-colon': { domains: { [www]: [5, 5_000] } },
  'lighttpd-default-host': {
    query: { domain: 'fallback.example.test' },
    domains: { 'shop.example.test': [2, 5_000], 'blog.example.test': [1, 2_000] },
  },
  'nginx-json-raw-bytes': { query: { format: 'nginx_json' }, domains: { [www]: [3, 6_000] } },
  'nginx-json-unquoted-dash': { query: { format: 'edge_json' }, domains: { [www]: [3, 6_000] } },
  'overlap-health-checks': { query: { ...stated, format: 'combined' }, domains: { [www]: [420, 5_530_885] } },
  'own-cache-words': { query: { ...stated, format: 'afd' }, domains: { [www]: [7, 7_000] }, hits: 5 },
  'own-dotted-names': { query: { format: 'ecs' }, domains: { [www]: [1, 1_000] } },
  'own-ltsv-pasted': { query: { format: 'ltsv' }, domains: { [www]: [1, 1_000] } },
  'own-upstream-list-bytes': { query: { format: 'edge' }, domains: { [www]: [2, 5_001_000] } },
  'own-upstream-list-rejected': { query: { ...stated, format: 'nd' }, domains: { [www]: [3, 650] } },
  'syslog-prefix-common': { query: stated, domains: { [www]: [5, 5_000] }, clients: fiveClients },
  'tar-archive': { query: stated, domains: { [www]: [8, 206_000] } },
  'target-without-slash': { query: { ...stated, format: 'combined' }, domains: { [www]: [2, 300] }, paths: [''] },
  'xff-list-first': {
    query: stated,
    domains: { [www]: [3, 6_000] },
    clients: { '8.8.8.8': 1_000, '8.8.4.4': 2_000, '1.1.1.1': 3_000 },
    mainlandRequests: 0,
  },
}

const directory = fileURLToPath(new URL('.', import.meta.url))
const inputsOf = (name: string) =>
  readdirSync(join(directory, name))
    .filter((file) => file.startsWith('input'))
    .map((file) => ({ file, bytes: readFileSync(join(directory, name, file)) }))

/** The formats of all cases in one file. */
function ownFormats(): unknown[] {
  const files = Object.keys(cases).map((name) => join(directory, name, 'formats.json'))
  const entries = files.flatMap((file) => {
    try {
      return JSON.parse(readFileSync(file, 'utf8')) as { name: string }[]
    } catch {
      return []
    }
  })
  return entries
}

let server: TestServer
let temporary: Awaited<ReturnType<typeof temporaryDirectory>>
beforeAll(async () => {
  temporary = await temporaryDirectory()
  const formats = join(temporary.path, 'formats.json')
  await writeFile(formats, JSON.stringify(ownFormats()))
  server = await startTestServer({ formats, geo: 'on' })
})
afterAll(async () => {
  await server.stop()
  await temporary.remove()
})

async function load(name: string, query: Record<string, string> = {}) {
  const answers = []
  for (const { file, bytes } of inputsOf(name))
    answers.push((await server.load(bytes, { name: `${name}-${file}`, source: name, ...query })).json)
  return answers
}

/** Sums of the loads of a source, by an expression. */
async function sums(source: string, by: string, sum = 'sum(bytes)'): Promise<Record<string, number>> {
  const rows = await server.warehouse.rows<{ key: string; value: number }>(
    `SELECT toString(${by}) AS key, ${sum} AS value FROM request
     WHERE load_id IN (SELECT load_id FROM load_span WHERE source = {source:String}) GROUP BY key ORDER BY key`,
    { source },
  )
  return Object.fromEntries(rows.map(({ key, value }) => [key, value]))
}
const client = `replaceOne(toString(client_ip), '::ffff:', '')`
const bucket = `formatDateTime(toStartOfFiveMinutes(time), '%Y-%m-%dT%H:%i:%SZ', 'UTC')`

describe('an input on which figures were wrong', () => {
  it('is a case for each directory', () => {
    const directories = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    expect(directories.map(({ name }) => name).sort()).toEqual(Object.keys(cases).sort())
  })

  it.each(Object.entries(cases))('has the right ones: %s', async (name, expected) => {
    const answers = await load(name, expected.query)
    if ('refused' in expected) return expect(JSON.stringify(answers)).toContain(expected.refused)
    for (const answer of answers) expect(answer).toMatchObject({ state: 'loaded' })
    expect(await sums(name, 'domain', 'count()')).toEqual(figures(expected.domains, 0))
    expect(await sums(name, 'domain')).toEqual(figures(expected.domains, 1))
    if (expected.clients) expect(await sums(name, client)).toEqual(expected.clients)
    if (expected.buckets) expect(await sums(name, bucket)).toEqual(expected.buckets)
    if (expected.paths) expect(Object.keys(await sums(name, 'path'))).toEqual(expected.paths)
    if (expected.hits !== undefined)
      expect(await sums(name, '1', `countIf(cache = 'hit')`)).toEqual({ 1: expected.hits })
    if (expected.mainlandRequests !== undefined)
      expect(await sums(name, '1', `countIf(service_area = 'mainland_china')`)).toEqual({
        1: expected.mainlandRequests,
      })
  })
})

const figures = (domains: Case['domains'], at: 0 | 1) =>
  Object.fromEntries(Object.entries(domains).map(([domain, both]) => [domain, both[at]]))

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { logFormats } from '../../src/ingest/formats/known-formats.ts'
import type { LogFormat } from '../../src/ingest/formats/line/log-format.ts'
import { requestsOf } from '../harness/exports.ts'
import { newKey, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer({ pushGroupSeconds: '0' })
})
afterAll(() => server.stop())

/** A line of Cloudflare; a visitor's is one of `eyeball`. */
const line = (domain: string, source: string, bytes: number) =>
  `${JSON.stringify({
    ...{ ClientIP: '203.0.113.11', ClientRequestHost: domain, ClientRequestMethod: 'GET', ClientRequestURI: '/a' },
    ...{ EdgeStartTimestamp: '2026-09-01T00:00:01Z', EdgeEndTimestamp: '2026-09-01T00:00:01Z' },
    ...{ EdgeResponseStatus: 200, EdgeResponseBytes: bytes, ClientRequestSource: source },
  })}\n`
const logOf = (domain: string) =>
  line(domain, 'eyeball', 1_000) + line(domain, 'edgeWorkerFetch', 50_000) + line(domain, 'healthcheck', 7_000)
const nonVisitors = (reason: string, lines: number) => [{ reason, lines }]

describe('lines that no visitor asked for', () => {
  it('do not count, and are told under a reason of their own', async () => {
    const { json } = await server.load(logOf('plain.test'), { name: 'plain.log' })
    expect(json).toMatchObject({ state: 'loaded', requests: 1, flux: 1_000, rejected_lines: 2 })
    expect(json['rejected_by_reason']).toEqual(nonVisitors('not_a_visitor', 2))
  })

  it('count where the delivery names their class, in any order', async () => {
    const { json } = await server.load(logOf('both.test'), { name: 'both.log', count_also: 'edge, worker' })
    expect(json).toMatchObject({ state: 'loaded', requests: 3, flux: 58_000, rejected_lines: 0 })
    const again = await server.load(logOf('both.test'), { name: 'both.log', count_also: 'worker,edge' })
    expect(again.json).toMatchObject({ state: 'duplicate' })
    const worker = await server.load(logOf('one.test'), { name: 'one.log', count_also: 'worker' })
    expect(worker.json).toMatchObject({ requests: 2, flux: 51_000, rejected_lines: 1 })
  })

  it('are not told to be loaded when they were left out before', async () => {
    const { json } = await server.load(logOf('plain.test'), { name: 'plain.log', count_also: 'worker' })
    expect(json).toMatchObject({ error_code: 'FLUXPORT.0101' })
    const { json: other } = await server.load(logOf('both.test'), { name: 'both.log' })
    expect(other).toMatchObject({ error_code: 'FLUXPORT.0101' })
    expect(String(other['error_msg'])).toContain('count_also worker,edge')
    expect(await requestsOf(server, 'both.test')).toBe(3)
  })

  it('are in no share of rejected lines', async () => {
    const log = line('share.test', 'eyeball', 1).concat(line('share.test', 'purge', 1).repeat(100))
    const { json } = await server.load(log, { name: 'share.log', rejected_percent_max: '0' })
    expect(json).toMatchObject({ state: 'loaded', requests: 1, rejected_lines: 100 })
  })

  it('make no batch by themselves', async () => {
    const { json } = await server.load(line('none.test', 'purge', 1), { name: 'none.log' })
    expect(json).toMatchObject({ error_code: 'FLUXPORT.0110' })
    expect(String(json['error_msg'])).toContain('1 not_a_visitor')
  })

  it('are named with what counts them, where a log has nothing else: a sidecar’s of Istio', async () => {
    const inbound = (logFormats.find(({ name }) => name === 'istio') as LogFormat).example.replace(
      /outbound\S*/,
      'inbound|9080||',
    )
    const log = `${inbound}\n`.repeat(3)
    const { json } = await server.load(log, { name: 'sidecar.log' })
    expect(json).toMatchObject({ error_code: 'FLUXPORT.0110' })
    expect(String(json['error_msg'])).toContain('count_also=inbound')
    expect((await server.load(log, { name: 'sidecar.log', count_also: 'inbound' })).json).toMatchObject({ requests: 3 })
  })

  it('are pushed under the same parameter', async () => {
    const { ingest_token: token } = await newKey(server, { role: 'ingest' })
    const push = (domain: string, query: string) =>
      send(server.endpoint, {
        ...{ method: 'POST', target: `/api/v1/log-batches?format=cloudflare_logpush&wait=true${query}` },
        ...{ headers: { Authorization: `Bearer ${token}` }, body: logOf(domain) },
      })
    expect((await push('pushed.test', '')).json).toMatchObject({ requests: 1, rejected_lines: 2 })
    expect((await push('named.test', '&count_also=worker,edge')).json).toMatchObject({ requests: 3, rejected_lines: 0 })
  })

  it('are of known classes', async () => {
    const { json } = await server.load(logOf('wrong.test'), { name: 'wrong.log', count_also: 'worker,robots' })
    expect(json).toMatchObject({ error_code: 'CDN.0001' })
    expect(String(json['error_msg'])).toContain('count_also')
  })

  it('are previewed as they would be loaded', async () => {
    const lines = logOf('seen.test').trimEnd().split('\n')
    const reasons = async (more: object) => {
      const { json } = await server.call('POST', '/api/v1/log-batches/preview', { lines, ...more })
      return (json['lines'] as { reason: string | null }[]).map(({ reason }) => reason)
    }
    expect(await reasons({})).toEqual([null, 'not_a_visitor', 'not_a_visitor'])
    expect(await reasons({ count_also: 'edge' })).toEqual([null, 'not_a_visitor', null])
  })
})

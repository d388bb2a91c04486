import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { programVersion } from '../../src/version.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { expectError, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const token = 'a-token-of-the-scraper'
const bearer = { Authorization: `Bearer ${token}` }
const scrape = (endpoint: string, headers: Record<string, string> = {}) =>
  send(endpoint, { target: '/metrics', headers })

describe('the metrics of a server that says nothing of them', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTestServer()
    await server.load(huaweiLine())
  })
  afterAll(() => server.stop())

  it('are for its own host', async () => {
    const got = await scrape(server.endpoint)
    expect([got.status, got.headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/plain/)])
    expect(got.text).toContain('fluxport_log_batches{state="loaded"} 1')
    expect(got.text).toMatch(/^fluxport_engine_restarts_total 0$/m)
    // Sources that run without a build know of no commit; test/supply/ looks at a build's.
    expect(got.text).toContain(`fluxport_build_info{version="${programVersion}",commit="unknown"} 1`)
  })

  it.each(['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'Via'])('are not for whom a proxy names: %s', async (name) => {
    const message = expectError(await scrape(server.endpoint, { [name]: '192.0.2.1' }), 403, 'CDN.0004')
    expect(message).toMatch(/--metrics-token or --metrics-address/)
  })

  it('time each stage of a load and of an export', async () => {
    const countOf = async (series: string) => {
      const { text } = await scrape(server.endpoint)
      return Number(new RegExp(`^fluxport_${series}"\\} (\\d+)$`, 'm').exec(text)?.[1])
    }
    const load = (stage: string) => countOf(`load_stage_duration_seconds_count{stage="${stage}`)
    const ofExport = (stage: string) => countOf(`export_stage_duration_seconds_count{stage="${stage}`)
    expect(await ofExport('publish')).toBe(0)
    // The same log again is compared with the one that is loaded: only then is there something to plan.
    await server.load(huaweiLine())
    await server.exportText({
      start_time: Date.parse('2026-09-01T00:00:00Z'),
      end_time: Date.parse('2026-09-02T00:00:00Z'),
    })
    await delay(1_100) // a text is shared for a second
    for (const stage of ['look', 'plan', 'insert', 'roll_up', 'overlap', 'record'])
      expect(await load(stage), stage).toBeGreaterThan(0)
    for (const stage of ['claim', 'query', 'write', 'publish']) expect(await ofExport(stage), stage).toBeGreaterThan(0)
    expect([await ofExport('claim'), await ofExport('publish')]).toEqual([1, 1])
  })

  it('are answered to twenty at once', async () => {
    const got = await Promise.all(Array.from({ length: 20 }, () => scrape(server.endpoint)))
    expect(got.map(({ status }) => status)).toEqual(Array(20).fill(200))
  })
})

it('with a token they are for whoever has it, and nobody else', async () => {
  const server = await startTestServer({ metricsToken: token })
  onTestFinished(server.stop)
  expect((await scrape(server.endpoint, { ...bearer, 'X-Forwarded-For': '192.0.2.1' })).status).toBe(200)
  for (const headers of [{}, { Authorization: `Bearer ${token}x` }, { Authorization: 'Bearer ' }]) {
    expectError(await scrape(server.endpoint, headers), 401, 'APIGW.0301')
  }
})

it('with an address of their own they are there alone, with the token where there is one', async () => {
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  const { port } = taken.address() as { port: number }
  await expect(startTestServer({ metricsAddress: `127.0.0.1:${port}` })).rejects.toThrow(/--metrics-address/)
  taken.close()
  await once(taken, 'close')

  const server = await startTestServer({ metricsAddress: `127.0.0.1:${port}`, metricsToken: token })
  onTestFinished(server.stop)
  expectError(await scrape(server.endpoint, bearer), 404, 'APIGW.0101')
  expectError(await send(server.endpoint, { target: '/metrics/usage', headers: bearer }), 404, 'APIGW.0101')
  const own = `http://127.0.0.1:${port}`
  expect((await scrape(own, bearer)).text).toContain('fluxport_http_requests_total')
  expect((await send(own, { target: '/metrics/usage', headers: bearer })).text).toMatch(/\n# EOF\n$/)
  expect((await send(own, { target: '/metrics/usage' })).status).toBe(401)
  expect([(await scrape(own)).status, (await send(own, { target: '/healthz' })).status]).toEqual([401, 404])
  expect((await send(own, { target: '/v1/cdn/statistics/export-tasks' })).status).toBe(404)
})

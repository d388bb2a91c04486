import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { programVersion } from '../../src/version.ts'
import { assign, newTenant, type Tenant } from '../harness/customers.ts'
import { readOpenMetrics, type Sample } from '../harness/open-metrics.ts'
import { lineAt } from '../harness/recent-lines.ts'
import { expectError, type Json, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

const [bucketMs, hourMs, dayMs] = [300_000, 3_600_000, 86_400_000]
const token = 'a-token-of-the-scraper'
const target = '/metrics/usage'
const [www, img, files, old] = ['www.example.test', 'img.example.test', 'files.example.test', 'old.example.test']
const leftOut = ['quiet-1.example.test', 'quiet-2.example.test']
/** The first bucket of the logs: an hour ago, so that a test that takes minutes still has it in its range. */
const firstMs = Math.floor((Date.now() - hourMs) / bucketMs) * bucketMs
const oldMs = firstMs - 5 * dayMs
const at = (bucket: number, domain: string, fields: object = {}) =>
  lineAt(firstMs + bucket * bucketMs, { domain, ...fields })

const account = 'acme "north"'
/** The first account, which has the domains that nobody owns. */
const own = 'default'

let server: TestServer
let tenant: Tenant
beforeAll(async () => {
  server = await startTestServer({ metricsToken: token, metricsUsageMax: '4' })
  tenant = await newTenant(server, account)
  await assign(server, www, tenant.accountId)
  for (const source of ['edge', 'night']) await state(source, { delay_seconds: 60 })
  await state('hourly', { delay_seconds: 60, files_per_hour: 1 })
  const mixed =
    at(0, www) +
    at(3, www, { bytes: 2_000 }) +
    at(3, www, { status: 404, cache: 'MISS', bytes: 500 }) +
    at(3, www, { status: 503, cache: 'MISS', bytes: 1 }) +
    at(3, img, { status: 304, bytes: 300 }) +
    at(5, www) +
    'no log line\n'
  await load('edge', mixed)
  await load(
    'night',
    lineAt(oldMs, { domain: old, bytes: 90_000 }) + leftOut.map((domain) => at(5, domain, { bytes: 1 })).join(''),
  )
  for (const hours of [10, 8]) await load('hourly', lineAt(firstMs - hours * hourMs, { domain: files, bytes: 200 }))
})
afterAll(() => server.stop())

const state = (source: string, cadence: Json) => server.call('PUT', `/api/v1/coverage/cadences/${source}`, cadence)

async function load(source: string, text: string) {
  const query = {
    name: `${source}-${Math.random()}.log`,
    format: 'huawei_offline',
    source,
    rejected_percent_max: '100',
  }
  const { status, json, text: said } = await server.load(text, query)
  expect([status, json['state']], said).toEqual([200, 'loaded'])
}

const ask = (headers: Record<string, string> = { Authorization: `Bearer ${token}` }, endpoint = server.endpoint) =>
  send(endpoint, { target, headers })

async function scrape(): Promise<Sample[]> {
  const got = await ask()
  expect(got.status, got.text).toBe(200)
  return readOpenMetrics(got.text)
}

/** Values of a name by their other labels, joined. */
const valuesOf = (samples: Sample[], name: string): Record<string, number> =>
  Object.fromEntries(
    samples.filter((one) => one.name === name).map(({ labels, value }) => [Object.values(labels).join(' '), value]),
  )

/** Scrapes until a condition holds: figures are read anew a twentieth of the time at most. */
async function until(holds: (samples: Sample[]) => boolean): Promise<Sample[]> {
  for (;;) {
    const samples = await scrape()
    if (holds(samples)) return samples
    await delay(200)
  }
}

/** The figures of a bucket by `GET /api/v1/usage`. */
async function pointsAt(domain: string, startMs: number): Promise<Record<string, number | undefined>> {
  const metrics = 'flux,requests,hits,status_2xx,status_3xx,status_4xx,status_5xx'
  const bucket = `interval=300&start_time=${startMs}&end_time=${startMs + bucketMs}&metrics=${metrics}`
  const { json } = await server.call('GET', `/api/v1/usage?account=all&domain_name=${domain}&${bucket}`)
  const [series] = json['series'] as { points: Record<string, number[]> }[]
  return Object.fromEntries(Object.entries(series?.points ?? {}).map(([metric, [value]]) => [metric, value]))
}

describe('/metrics/usage', () => {
  let samples: Sample[]
  beforeAll(async () => {
    samples = await scrape()
  })

  it('is OpenMetrics, and names the build', async () => {
    expect((await ask()).headers['content-type']).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8')
    expect(valuesOf(samples, 'fluxport_build_info')).toEqual({ [`${programVersion} unknown`]: 1 })
  })

  it('has the newest final bucket of each domain, at its time, with the figures of /api/v1/usage', async () => {
    const flux = samples.filter(({ name }) => name === 'fluxport_usage_flux_bytes')
    const found = flux.map(({ labels, value, time }) => [
      labels['domain'],
      value,
      ((time ?? 0) * 1000 - firstMs) / bucketMs,
    ])
    expect(found.filter(([domain]) => domain !== files).sort()).toEqual([
      [img, 300, 3],
      [old, 0, 3],
      [www, 2_501, 3],
    ])
    expect(new Set(flux.map(({ labels }) => labels['state']))).toEqual(new Set(['final']))
    // A later log: what was the last bucket is final now.
    await load('edge', at(7, www, { bytes: 7 }) + at(5, www, { bytes: 9, status: 500 }))
    const later = await until((now) =>
      now.some(({ labels, time }) => labels['domain'] === www && time === (firstMs + 5 * bucketMs) / 1000),
    )
    const times = later.filter(({ name }) => name === 'fluxport_usage_flux_bytes')
    expect(times.map(({ labels }) => labels['domain']).sort()).toEqual([files, img, old, www])
    expect(new Set(times.map(({ time }) => time)).size).toBe(3)
    for (const { labels, time } of times) {
      const { domain = '', ...of } = labels
      const points = await pointsAt(domain, Number(time) * 1_000)
      if (domain === www) expect(points).toMatchObject({ flux: 1_009, requests: 2, status_5xx: 1 })
      const key = `${of['account']} ${domain} final`
      const ofDomain = later.filter((one) => one.labels['domain'] === domain)
      expect(valuesOf(ofDomain, 'fluxport_usage_flux_bytes')).toEqual({ [key]: points['flux'] })
      expect(valuesOf(ofDomain, 'fluxport_usage_requests')).toEqual({ [key]: points['requests'] })
      expect(valuesOf(ofDomain, 'fluxport_usage_hits')).toEqual({ [key]: points['hits'] })
      expect(valuesOf(ofDomain, 'fluxport_usage_status_requests')).toEqual(
        Object.fromEntries(['2xx', '3xx', '4xx', '5xx'].map((name) => [`${key} ${name}`, points[`status_${name}`]])),
      )
    }
  })

  it('names the domains that have no series, and counts them', () => {
    const watched = samples.filter(({ name }) => name === 'fluxport_watermark_lag_seconds')
    expect(watched.map(({ labels }) => labels['domain']).sort()).toEqual([files, img, old, www])
    expect(valuesOf(samples, 'fluxport_usage_left_out')).toEqual({ domain: 2, source: 0, account: 0 })
    expect(Object.keys(valuesOf(samples, 'fluxport_usage_left_out_domain_info')).sort()).toEqual(leftOut)
  })

  it('has the time since the last bucket with a request, and what is missing before it', async () => {
    const lags = valuesOf(samples, 'fluxport_watermark_lag_seconds')
    const lagOf = (timeMs: number) => (Date.now() - timeMs - bucketMs) / 1000
    for (const [domain, timeMs] of [
      [files, firstMs - 8 * hourMs],
      [old, oldMs],
    ] as const) {
      const lag = lags[`${own} ${domain}`] ?? Number.NaN
      expect(Math.abs(lag - lagOf(timeMs)), domain).toBeLessThan(120)
    }
    const unknown = samples.filter(({ name }) => name === 'fluxport_unknown_buckets')
    const found = unknown
      .filter(({ value }) => value > 0)
      .map(({ labels, value }) => [labels['domain'], labels['state'], value])
    const asked = `domain_name=${files}&start_time=${firstMs - 10 * hourMs}&end_time=${firstMs - 8 * hourMs}`
    const { json } = await server.call('GET', `/api/v1/coverage?${asked}`)
    expect(found).toEqual([[files, 'missing', 12]])
    expect(json['buckets']).toMatchObject({ missing: 12 })
  })

  it('has the rejected lines by reason, and the last load of each source', () => {
    expect(valuesOf(samples, 'fluxport_rejected_lines')).toEqual({ [`${own} fields`]: 1 })
    const loads = valuesOf(samples, 'fluxport_source_last_load_timestamp_seconds')
    expect(Object.keys(loads).sort()).toEqual([`${own} edge`, `${own} hourly`, `${own} night`])
    for (const time of Object.values(loads)) expect(Math.abs(Date.now() / 1000 - time)).toBeLessThan(300)
  })

  it('has what accounts have stored, and the oldest tasks', async () => {
    const task = { domain_name: www, start_time: firstMs, end_time: firstMs + hourMs }
    const text = await server.exportText(task, tenant.key)
    const waits = { ...task, require_final: 'strict', end_time: Date.now() }
    expect((await server.call('POST', '/v1/cdn/statistics/export-tasks', waits, tenant.key)).status).toBe(200)
    const later = await until((now) => (valuesOf(now, 'fluxport_oldest_task_age_seconds')['waits_for_final'] ?? 0) > 0)
    const stored = valuesOf(later, 'fluxport_stored_bytes')
    expect(stored).toMatchObject({
      [`${account} files`]: expect.any(Number),
      [`${account} reserved`]: expect.any(Number),
    })
    expect(stored[`${account} files`]).toBeGreaterThan(Buffer.byteLength(text))
    expect(valuesOf(later, 'fluxport_stored_limit_bytes')[account]).toBeGreaterThan(1e9)
    expect(valuesOf(later, 'fluxport_oldest_task_age_seconds')).toMatchObject({ waiting: 0, processing: 0 })
  })

  it('is answered to twenty at once', async () => {
    const got = await Promise.all(Array.from({ length: 20 }, () => ask()))
    expect(got.map(({ status }) => status)).toEqual(Array(20).fill(200))
  })

  it('is for whoever has the token, and nobody else', async () => {
    expect((await ask({ Authorization: `Bearer ${token}`, 'X-Forwarded-For': '192.0.2.1' })).status).toBe(200)
    for (const headers of [{}, { Authorization: `Bearer ${token}x` }])
      expectError(await ask(headers), 401, 'APIGW.0301')
    // Every user of the host connects from loopback.
    const withoutToken = await startTestServer()
    expectError(await ask({}, withoutToken.endpoint), 403, 'CDN.0004')
    await withoutToken.stop()
  })
})

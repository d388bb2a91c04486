import { setTimeout as delay } from 'node:timers/promises'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAll, exportedBy } from '../harness/exports.ts'
import { expectSameFigures, queryText, type Series, totalOf, wireNames } from '../harness/faces.ts'
import { readOpenMetrics, type Sample } from '../harness/open-metrics.ts'
import { lineAt } from '../harness/recent-lines.ts'
import { type Json, send } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

/** `FACES_SEED` repeats another run than the usual one. */
const seed = Number(process.env['FACES_SEED'] ?? 20_261_130)
const timeZone = 'Etc/GMT-8'
const token = 'a-token-of-the-scraper'
const [bucketMs, hourMs] = [300_000, 3_600_000]
/** The newest bucket that every log may have is an hour old, so that it is final. */
const endMs = Math.floor(Date.now() / bucketMs) * bucketMs - hourMs
const buckets = 3 * 288
const startMs = endMs - buckets * bucketMs
const domains = ['img.example.test', 'video.example.test', 'www.example.test']
const metrics = ['flux', 'bandwidth', 'peak_bandwidth', 'requests', 'hits', 'hit_flux']
const statusMetrics = [2, 3, 4, 5].map((n) => `status_${n}xx`)
/** The figures that copies of forgotten logs keep. */
const keptMetrics = ['flux', 'bandwidth', 'peak_bandwidth', 'requests']

const anyLine = fc.record({
  bucket: fc.integer({ min: 0, max: buckets - 1 }),
  second: fc.integer({ min: 0, max: 299 }),
  domain: fc.constantFrom(...domains),
  status: fc.constantFrom(200, 200, 206, 304, 404, 503),
  bytes: fc.oneof(fc.integer({ min: 0, max: 3_000 }), fc.integer({ min: 0, max: 2 ** 40 })),
  cache: fc.constantFrom('HIT', 'MISS'),
  path: fc.stringMatching(/^\/[a-z0-9]{12}$/),
})
const logOf = (lines: readonly (typeof anyLine extends fc.Arbitrary<infer T> ? T : never)[]) =>
  lines.map(({ bucket, second, ...fields }) => lineAt(startMs + bucket * bucketMs + second * 1_000, fields)).join('')
/** Texts of logs, the same in each run of a seed. */
const logsOf = (count: number, lines: number, more: number) =>
  fc.sample(fc.array(anyLine, { minLength: lines, maxLength: lines }).map(logOf), { numRuns: count, seed: seed + more })

const anyRange = fc
  .tuple(fc.integer({ min: 0, max: buckets - 1 }), fc.integer({ min: 1, max: 400 }))
  .map(([first, length]) => ({
    start_time: startMs + first * bucketMs,
    end_time: Math.min(startMs + (first + length) * bucketMs, endMs),
  }))
const anyQuestion = fc.record({
  range: anyRange,
  interval: fc.constantFrom('300', '3600', '86400'),
  domain_name: fc.oneof(fc.constant('all'), fc.subarray(domains, { minLength: 1 }).map(String)),
  group_by: fc.constantFrom('', 'domain'),
})
const anyShared = fc.record({
  ...{ range: anyRange, service_area: fc.constantFrom('global', 'mainland_china', 'outside_mainland_china') },
  interval: fc.constantFrom('300', '3600', '86400'),
  domain_name: fc.oneof(fc.constant('all'), fc.subarray(domains, { minLength: 1 }).map(String)),
  group_by: fc.constantFrom('', 'domain'),
  stats: fc.subarray(Object.keys(wireNames), { minLength: 1, maxLength: 5 }),
  isDetail: fc.boolean(),
})
type Question = typeof anyQuestion extends fc.Arbitrary<infer T> ? T : never

/** Figures by domain and 5 minutes, as a file has them. */
type Rows = Map<string, Record<string, number | null>>

let server: TestServer
/** Of the file that is made before the loader begins. */
let [rows, dataVersion]: [Rows, number] = [new Map(), 0]
const batchIds: number[] = []
let loading: Promise<void>
let isOver = false
/** Logs that the loader has had loaded. */
let loads = 0

async function load(text: string) {
  const query = { name: `${Math.random()}.log`, format: 'huawei_offline', source: 'edge' }
  const { json, text: said } = await server.load(text, query)
  expect(json['state'], said).toBe('loaded')
  return Number(json['batch_id'])
}

/** Loads logs of all times until the test is over. */
async function loadOn() {
  for (const text of logsOf(400, 12, 1)) {
    if (isOver) return
    await load(text)
    loads += 1
    await delay(30)
  }
}

beforeAll(async () => {
  server = await startTestServer({ timeZone, metricsToken: token })
  await server.call('PUT', '/api/v1/coverage/cadences/edge', { delay_seconds: 60 })
  for (const text of logsOf(5, 300, 0)) batchIds.push(await load(text))
  const range = { start_time: startMs, end_time: endMs }
  const body = { ...range, interval: 300, group_by: 'domain', service_area: 'global', format: 'jsonl', language: 'en' }
  const [id = ''] = await createAll(server, [body])
  const { task, files } = await exportedBy(server, id)
  dataVersion = Number(task['data_version'])
  const lines = (files[0]?.bytes.toString() ?? '').trim().split('\n')
  rows = new Map(
    lines.map((line) => {
      const { domain, time, ...figures } = JSON.parse(line) as Json
      return [`${domain} ${Date.parse(String(time))}`, figures as Record<string, number | null>]
    }),
  )
  expect(rows.size).toBe(buckets * domains.length)
  loading = loadOn()
}, 120_000)
afterAll(async () => {
  isOver = true
  await loading
  await server.stop()
})

const get = async (target: string): Promise<Json> => {
  const { status, text, json } = await server.call('GET', target)
  expect(status, text).toBe(200)
  return json
}

const domainsOf = ({ domain_name: name }: Question) => (name === 'all' ? domains : name.split(','))

/** A figure of some domains in [fromMs, toMs), made of the file's rows. */
function figureOfFile(metric: string, among: readonly string[], [fromMs, toMs]: [number, number]): number | null {
  const starts = Array.from({ length: (toMs - fromMs) / bucketMs }, (_, n) => fromMs + n * bucketMs)
  const inFile = starts.filter((timeMs) => timeMs >= startMs && timeMs < endMs)
  const of = metric.endsWith('bandwidth') ? 'flux' : metric
  const sums = inFile.map((timeMs) =>
    totalOf(
      'flux',
      among.map((domain) => rows.get(`${domain} ${timeMs}`)?.[of] ?? null),
    ),
  )
  const bytes = totalOf(metric === 'peak_bandwidth' ? metric : 'flux', sums)
  if (bytes === null || of === metric) return bytes
  const seconds = metric === 'bandwidth' ? (toMs - fromMs) / 1_000 : 300
  return Number((BigInt(bytes) * 16n + BigInt(seconds)) / BigInt(2 * seconds))
}

async function expectAsInFile(question: Question, names: readonly string[]) {
  const { range, ...given } = question
  const asked = { ...given, ...range, metrics: names.join(), time_zone: timeZone, data_version: dataVersion }
  const json = await get(`/api/v1/usage?${queryText(asked)}`)
  const times = json['times'] as number[]
  const ends = [...times.slice(1), Number(json['end_time'])]
  const series = json['series'] as Series[]
  expect(series.map((one) => one['domain'] ?? '')).toEqual(
    given.group_by === '' ? [''] : domainsOf(question).toSorted(),
  )
  for (const one of series)
    for (const name of names) {
      const among = one['domain'] ? [one['domain']] : domainsOf(question)
      const expected = times.map((timeMs, n) => figureOfFile(name, among, [timeMs, ends[n] ?? timeMs]))
      expect(one.points[name], `${name} of ${among}`).toEqual(expected)
    }
}

const casesOf = <T>(any: fc.Arbitrary<T>, count: number, more: number) =>
  fc.sample(any, { numRuns: count, seed: seed + more }).map((one) => [JSON.stringify(one), one] as const)

describe(`faces of one figure, while logs are loaded, seed ${seed}`, () => {
  it.each(casesOf(anyQuestion, 30, 2))('the old version is as its file has it: %s', (_text, question) =>
    expectAsInFile(question, [...metrics, ...statusMetrics]),
  )

  it.each(casesOf(anyShared, 30, 3))(
    'the contract’s operation has the figures of the own API: %s',
    (_text, { range, ...question }) => expectSameFigures(server, { ...question, ...range }, timeZone),
  )

  it('a file of now has the figures of its version, as the contract’s operation', async () => {
    const body = { start_time: startMs, end_time: endMs, interval: 3600, service_area: 'global', format: 'jsonl' }
    const [id = ''] = await createAll(server, [body])
    const { task, files } = await exportedBy(server, id)
    const names = [...metrics, ...statusMetrics].filter((name) => name !== 'peak_bandwidth')
    const asked = { ...body, metrics: names.join(), time_zone: timeZone, data_version: task['data_version'] }
    const [series] = (await get(`/api/v1/usage?${queryText(asked)}`))['series'] as Series[]
    const found = (files[0]?.bytes.toString() ?? '')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Json)
    for (const name of names) expect(series?.points[name], name).toEqual(found.map((row) => row[name]))
  })

  it('the old version stays when a log of it is forgotten, in the figures that are kept', async () => {
    expect((await server.call('DELETE', `/api/v1/log-batches/${batchIds[0]}`)).status).toBe(200)
    for (const [, question] of casesOf(anyQuestion, 15, 4)) await expectAsInFile(question, keptMetrics)
  })

  it('the loader was at work', () => {
    expect(loads).toBeGreaterThan(5)
  })
})

/** Names of `/metrics/usage` and the figures that they are. */
const watched: Record<string, string> = {
  fluxport_usage_flux_bytes: 'flux',
  fluxport_usage_requests: 'requests',
  fluxport_usage_hits: 'hits',
}
const ofStatus = 'fluxport_usage_status_requests'

describe('the newest final bucket of each domain in /metrics/usage', () => {
  const scrape = async (): Promise<Sample[]> => {
    const headers = { Authorization: `Bearer ${token}` }
    const { status, text } = await send(server.endpoint, { target: '/metrics/usage', headers })
    expect(status, text).toBe(200)
    return readOpenMetrics(text)
  }

  async function pointOf({ labels, time }: Sample, metric: string) {
    const at = (time ?? 0) * 1_000
    const asked = {
      start_time: at,
      end_time: at + bucketMs,
      interval: 300,
      domain_name: labels['domain'],
      metrics: metric,
    }
    const [series] = (await get(`/api/v1/usage?${queryText(asked)}`))['series'] as Series[]
    return series?.points[metric]?.[0] ?? null
  }

  it('has the figures of the own API, once no log comes any more', async () => {
    isOver = true
    await loading
    await expect
      .poll(
        async () => {
          const samples = (await scrape()).filter(({ name }) => name.startsWith('fluxport_usage_'))
          const of = samples.filter(
            ({ name, time }) => (watched[name] !== undefined || name === ofStatus) && time !== null,
          )
          expect(new Set(of.map(({ labels }) => labels['domain']))).toEqual(new Set(domains))
          const differing = []
          for (const sample of of) {
            const metric = watched[sample.name] ?? `status_${sample.labels['class']}`
            if ((await pointOf(sample, metric)) !== sample.value)
              differing.push([sample.name, sample.labels, sample.value])
          }
          return differing
        },
        // Figures are read anew a twentieth of the time at most.
        { timeout: 60_000, interval: 500 },
      )
      .toEqual([])
  })
})

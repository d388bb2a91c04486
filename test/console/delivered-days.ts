import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { expect } from 'vitest'
import { huaweiLine } from '../harness/log-lines.ts'
import type { Json } from '../harness/requests.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

export const month = '2026-09'
export const zone = 'Asia/Shanghai'
export const domains = ['video.shop.test', 'www.shop.test'] as const
const startS = Date.parse('2026-09-01T00:00:00+08:00') / 1000
const dayS = 86_400
const stepS = 1_800
const days = 30
/** Files are expected of the first days alone. */
const expectedDays = 8
const cadence = { files_per_day: 1, day_zone: zone, delay_seconds: 3_600 }
const expected = { expected_from: startS * 1000, expected_until: (startS + expectedDays * dayS) * 1000 }

/** A request of a log. */
type Request = { timeS: number; domain: string; bytes: number }
/** A file of the source, and what is to be known of it. `state` is that of its batch. */
export type Delivered = {
  name: string
  day: number
  state: 'loaded' | 'failed' | 'quarantined'
  requests: Request[]
  rubbish: number
  writtenS: number
  text: string
}

const nameOf = (day: number, part = '') => `access${part}-${month}-${String(day).padStart(2, '0')}.log`
const rubbishLine = 'this is not a line of any log\n'

function requestsOf(day: number, of: readonly string[], from: number, until: number): Request[] {
  const first = startS + (day - 1) * dayS
  return Array.from({ length: until - from }, (_, step) => first + (from + step) * stepS + 7).flatMap((timeS) =>
    of.map((domain, index) => ({ timeS, domain, bytes: day * 1_000_000 + (timeS % 100_000) + index })),
  )
}

/** `01/Sep/2026:08:00:01 +0800` */
function logTime(timeS: number): string {
  const [, day, name, year, time] = new Date((timeS + 8 * 3_600) * 1000).toUTCString().split(' ')
  return `${day}/${name}/${year}:${time} +0800`
}

type Shape = { part?: string; of?: readonly string[]; from?: number; until?: number; rubbish?: number; lateS?: number }
function file(day: number, state: Delivered['state'], shape: Shape = {}): Delivered {
  const { part = '', of = domains, from = 0, until = dayS / stepS, rubbish = 0, lateS = 0 } = shape
  const requests = requestsOf(day, of, from, until)
  const lines = requests.map(({ timeS, domain, bytes }) =>
    huaweiLine({ domain, bytes, time: logTime(timeS), path: `/${timeS}` }),
  )
  const text = rubbishLine.repeat(rubbish) + lines.join('')
  const writtenS = startS + day * dayS + 600 + lateS
  return { ...{ name: nameOf(day, part), day, state, requests, rubbish, writtenS, text } }
}

/** Day 2 has no file, 3 a refused one, 4 a quarantined one, 5 two, 6 rejected lines, 7 one domain alone, 8 a late one. */
export const delivered: readonly Delivered[] = [
  file(1, 'loaded'),
  file(3, 'failed', { until: 0, rubbish: 50 }),
  file(4, 'quarantined', { rubbish: 60 }),
  file(5, 'loaded', { until: 24 }),
  file(5, 'loaded', { part: '-rest', from: 24 }),
  file(6, 'loaded', { rubbish: 3 }),
  file(7, 'loaded', { of: [domains[1]] }),
  file(8, 'loaded', { lateS: 5 * 3_600 }),
]
export const counted = delivered.filter(({ state }) => state === 'loaded')
export const hashOf = ({ text }: Delivered): string => createHash('sha256').update(text).digest('hex')

/** A server with these files, each recorded as written at its own time: together they would be a backlog, never late. */
export async function startDeliveredDays(): Promise<TestServer> {
  const server = await startTestServer({ timeZone: zone })
  const { status, text } = await server.call('PUT', '/api/v1/coverage/cadences/edge', { ...cadence, ...expected })
  expect(status, text).toBe(200)
  for (const { name, text: content, state, writtenS } of delivered) {
    const { json, text: answer } = await server.load(content, {
      name,
      source: 'edge',
      ...(state === 'failed' ? {} : { format: 'huawei_offline' }),
    })
    expect(json['state'] ?? 'failed', answer).toBe(state)
    await server.warehouse.command(
      `ALTER TABLE load_span UPDATE written_at = toDateTime({writtenS:Int64}, 'UTC') WHERE file_name = {name:String} SETTINGS mutations_sync = 2`,
      { writtenS, name },
    )
  }
  return server
}

/** State and late lines of each five minutes, as the oracle judges them. */
export type Judged = { domain: string; timeMs: number; day: number; state: string; lateLines: number }

/** @param judgedAtMs unix ms, as the API says it */
export function judge(judgedAtMs: number): Judged[] {
  const oracle = fileURLToPath(new URL('../oracle/coverage.py', import.meta.url))
  const question = {
    ...{ from: startS, to: startS + days * dayS, judged_at: Math.floor(judgedAtMs / 1000), interval: 300, domains },
    cadences: {
      edge: { ...cadence, expected_from: startS, expected_until: startS + expectedDays * dayS },
    },
    loads: counted.map(({ name, requests, writtenS }) => ({
      ...{ source: 'edge', name, written_at: writtenS },
      lines: requests.map(({ timeS, domain }) => [timeS, domain]),
    })),
    refused: [],
  }
  const { stdout, stderr } = spawnSync('python3', [oracle], { input: JSON.stringify(question), maxBuffer: 1 << 28 })
  if (stderr.length > 0) throw new Error(stderr.toString())
  const buckets = JSON.parse(stdout.toString()) as [string, number, string, Json, number][]
  return buckets.map(([domain, timeS, state, , lateLines]) => {
    const day = Math.floor((timeS - startS) / dayS) + 1
    // The oracle knows refused files of an hour alone; these are of a day.
    const isRefused = delivered.some((one) => one.state !== 'loaded' && one.day === day)
    return { domain, timeMs: timeS * 1000, day, state: isRefused && state === 'missing' ? 'refused' : state, lateLines }
  })
}

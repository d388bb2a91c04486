import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Log, loadLog } from '../harness/oracle.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

export const month = '2026-09'
export const domains = ['video.shop.test', 'www.shop.test']
export const zone = 'Asia/Shanghai'
const startMs = Date.parse('2026-09-01T00:00:00+08:00')
const dayMs = 86_400_000
const slotMs = 300_000
const days = 30

/** Texts of strangers: each would do something if a page took it for markup or a formula. */
const hostile = {
  paths: [
    '/index.html',
    '/a/<img/src=x/onerror=window.__hit=1>.js',
    '/%3Cscript%3Ewindow.__hit=1%3C/script%3E',
    '/=1+1',
  ],
  agents: ['curl/8.0', '<script>window.__hit=1</script>', '=cmd|calc', 'Mozilla/5.0 {{constructor}}'],
  referrers: ['-', 'javascript:window.__hit=1', 'https://www.example.test/"><svg onload=window.__hit=1>'],
}

/** Numbers that look random, the same in each run. */
function* numbers(seed: number): Generator<number> {
  for (let value = seed; ; value = (value * 1_103_515_245 + 12_345) % 2 ** 31) yield value / 2 ** 31
}

/** One day's lines of all domains: a request of each in every five minutes. */
function linesOf(day: number, next: () => number): string {
  const lines: string[] = []
  for (let atMs = startMs + day * dayMs; atMs < startMs + (day + 1) * dayMs; atMs += slotMs)
    for (const domain of domains)
      lines.push(
        huaweiLine({
          ...{ domain, time: logTime(atMs + Math.floor(next() * slotMs)), bytes: Math.floor(next() ** 3 * 2e9) },
          path: pick(hostile.paths, next()),
          userAgent: pick(hostile.agents, next()),
          referrer: pick(hostile.referrers, next()),
          status: pick([200, 200, 200, 206, 304, 404, 502], next()),
          cache: pick(['HIT', 'HIT', 'MISS'], next()),
        }),
      )
  return lines.join('')
}

const pick = <T>(list: readonly T[], number: number): T => list[Math.floor(number * list.length)] as T

/** `01/Sep/2026:08:00:01 +0800` */
function logTime(timeMs: number): string {
  const [, day, name, year, time] = new Date(timeMs + 8 * 3_600_000).toUTCString().split(' ')
  return `${day}/${name}/${year}:${time} +0800`
}

/** A server with one request, of the month's first morning. */
export async function startOneLine(): Promise<TestServer> {
  const server = await startTestServer({ timeZone: zone })
  await server.load(huaweiLine({ bytes: 123_456 }), { name: 'a.log' })
  return server
}

export type LoadedMonth = { server: TestServer; logs: Log[]; stop(): Promise<void> }

/** A server with a whole month in it, a file for each day. */
export async function startLoadedMonth(flags: Record<string, string> = {}): Promise<LoadedMonth> {
  const server = await startTestServer({ timeZone: zone, ...flags })
  const directory = await temporaryDirectory()
  const random = numbers(11)
  const logs: Log[] = []
  for (let day = 0; day < days; day++) {
    const path = join(directory.path, `cdn_${month.replace('-', '')}${String(day + 1).padStart(2, '0')}.log`)
    await writeFile(
      path,
      linesOf(day, () => random.next().value as number),
    )
    const log = { path, format: 'huawei_offline' }
    logs.push(log)
    await loadLog(server, log)
  }
  return {
    ...{ server, logs },
    stop: async () => {
      await server.stop()
      await directory.remove()
    },
  }
}

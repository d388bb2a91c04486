import { appendFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Place, startOpenServer } from '../harness/open-server.ts'
import { type Log, loadLog } from '../harness/oracle.ts'
import { startTestServer, type TestServer } from '../harness/server.ts'

export const month = '2026-09'
export const domains = ['video.shop.test', 'www.shop.test']
export const zone = 'Asia/Shanghai'
const startMs = Date.parse('2026-09-01T00:00:00+08:00')
const dayMs = 86_400_000
const slotMs = 300_000
const days = 30

/** Places of clients: the last byte of an address, divided by their number, says which one, as the oracle has it. */
export const places: Place[] = [
  ['cn', 'beijing', 'dianxin'],
  ['cn', 'guangdong', 'yidong'],
  ['cn', 'guangdong', 'liantong'],
  ['cn', '', 'dianxin'],
  ['hk', '', ''],
  ['us', '', ''],
  ['jp', '', 'dianxin'],
  ['', '', ''],
]
const clients = Array.from({ length: places.length }, (_, index) => `198.51.100.${index}`)

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
          client: pick(clients, next()),
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

/** `logs` is one file of all that was loaded. */
export type LoadedMonth = { server: TestServer; logs: Log[]; stop(): Promise<void> }

/** A server with a whole month in it, a file for each day. */
export async function startLoadedMonth(flags: Record<string, string> = {}): Promise<LoadedMonth> {
  return await withMonth(await startTestServer({ timeZone: zone, ...flags }))
}

/** The same, with a file of two days of the month before, and with places of clients. */
export async function startLocatedMonth(): Promise<LoadedMonth> {
  const { server, locate, rollUpAgain, stop } = await startOpenServer({ timeZone: zone })
  const loaded = await withMonth(server, [-20, -3])
  await locate(places)
  await rollUpAgain()
  return {
    ...loaded,
    stop: async () => {
      await stop()
      await loaded.stop()
    },
  }
}

/** @param before further days, by their distance to the month's first */
async function withMonth(server: TestServer, before: readonly number[] = []): Promise<LoadedMonth> {
  const directory = await temporaryDirectory()
  const random = numbers(11)
  const all = { path: join(directory.path, 'all.log'), format: 'huawei_offline' }
  for (const day of [...before, ...Array.from({ length: days }, (_, index) => index)]) {
    const text = linesOf(day, () => random.next().value as number)
    const date = new Date(startMs + day * dayMs + 8 * 3_600_000).toISOString().slice(0, 10).replaceAll('-', '')
    const path = join(directory.path, `cdn_${date}.log`)
    await writeFile(path, text)
    await appendFile(all.path, text)
    await loadLog(server, { ...all, path })
  }
  return {
    ...{ server, logs: [all] },
    stop: async () => {
      await server.stop()
      await directory.remove()
    },
  }
}

import { execFile, spawnSync } from 'node:child_process'
import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect } from 'vitest'
import { huaweiLine } from './log-lines.ts'
import type { Json } from './requests.ts'
import type { TestServer } from './server.ts'

const run = promisify(execFile)
const repository = fileURLToPath(new URL('../..', import.meta.url))

export const hasPython = spawnSync('python3', ['-c', 'import zoneinfo']).status === 0
/** For the name of what is skipped. */
export const withoutPython = hasPython ? '' : ' (skipped: there is no python3 with zoneinfo)'

/** A log, and how both sides are told to read it. */
export type Log = { path: string; format: string; domain?: string; isOutside?: boolean }
/** A report as the oracle is asked for it, by the names of its options. */
export type Question = Record<string, string>

/** What the oracle has to say to each of these, from one reading of the logs. */
export async function askOracle(logs: Log[], questions: Question[]): Promise<string[]> {
  const domain = logs.find((log) => log.domain)?.domain
  const named = (isOutside: boolean) =>
    logs.filter((log) => Boolean(log.isOutside) === isOutside).map((log) => `${log.format}=${log.path}`)
  const files = [...named(true).flatMap((file) => ['--outside', file]), ...named(false)]
  const lines = questions.map((question) => {
    const flags = Object.entries({ ...(domain ? { domain } : {}), ...question })
    return JSON.stringify([...flags.flatMap(([name, value]) => [`--${name}`, value]), ...files])
  })
  const asking = run('python3', [join(repository, 'test/oracle/oracle.py'), '--many'], { maxBuffer: 1 << 30 })
  asking.child.stdin?.end(`${lines.join('\n')}\n`)
  const { stdout } = await asking
  // Neighbouring bytes that are no UTF-8 are one replacement to the product, and several to Node.
  return stdout
    .replaceAll(/\ufffd+/g, '\ufffd')
    .split('\f')
    .slice(0, -1)
}

/** Writes an invented log. @param how the generator's options */
export async function generate(log: Log, how: Record<string, string | number>): Promise<void> {
  const flags = Object.entries({ format: log.format, out: log.path, ...how })
  const texts = flags.flatMap(([name, value]) => [`--${name}`, String(value)])
  await run(process.execPath, [join(repository, 'scripts/traffic.mjs'), ...texts])
}

/** Adds a request at each step's very first second, and one in the second before it, to a log of Huawei's. */
export async function addEdges({ path }: Log, { fromMs, toMs, stepMs }: Record<'fromMs' | 'toMs' | 'stepMs', number>) {
  const lines: string[] = []
  for (let atMs = fromMs; atMs <= toMs; atMs += stepMs)
    for (const timeMs of [atMs - 1000, atMs])
      lines.push(huaweiLine({ time: logTime(timeMs), path: `/edge/${timeMs}`, bytes: 40_000 + lines.length }))
  await appendFile(path, lines.join(''))
}

/** `01/Sep/2026:00:00:01 +0000` */
function logTime(timeMs: number): string {
  const [, day, month, year, time] = new Date(timeMs).toUTCString().split(' ')
  return `${day}/${month}/${year}:${time} +0000`
}

/** Loads a log as the file it is; answers the batch. */
export async function loadLog(server: TestServer, { path, format, domain, isOutside }: Log): Promise<Json> {
  const { json, text } = await server.load('', {
    name: 'unused',
    path,
    format,
    ...(domain ? { domain } : {}),
    ...(isOutside ? { service_area: 'outside_mainland_china' } : {}),
  })
  expect(json['state'], text).toBe('loaded')
  return json
}

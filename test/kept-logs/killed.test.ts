import { randomBytes } from 'node:crypto'
import { readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { expect, it, onTestFinished } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import type { LogFile } from '../harness/kept-logs.ts'
import { totals, untilCount } from '../harness/ledger-file.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Served, serve } from '../harness/served.ts'

const linesCount = 60_000
const log = Array.from({ length: linesCount }, () => huaweiLine({ path: `/${randomBytes(60).toString('hex')}` })).join(
  '',
)

const isLoaded = "select count(*) from batch where state = 'loaded'"
const isBeingWritten = "select count(*) from kept_log where state = 'writing'"
const isOpen = "select count(*) from kept_log where state <> 'kept'"

/** Files of the store, unfinished ones among them. */
async function storedFiles(dataDir: string): Promise<string[]> {
  const names = await readdir(join(dataDir, 'artifacts', 'kept-logs'), { recursive: true }).catch(() => [])
  return names.filter((name) => name.includes('/'))
}

async function untilStored(dataDir: string, fits: (names: string[]) => boolean): Promise<void> {
  while (!fits(await storedFiles(dataDir))) await delay(2)
}

/** Moments between a load and its kept bytes, and afterwards. */
const moments: Record<string, (dataDir: string) => Promise<void>> = {
  'before the first byte': (dataDir) => untilCount(dataDir, isBeingWritten, true),
  'while the bytes are written': (dataDir) =>
    untilStored(dataDir, (names) => names.some((name) => name.endsWith('.unfinished'))),
  'once the bytes are there': (dataDir) =>
    untilStored(dataDir, (names) => names.some((name) => !name.endsWith('.unfinished'))),
  'once the load counts': (dataDir) => untilCount(dataDir, isLoaded, true),
}

async function loadedAndKilled(killedAt: (dataDir: string) => Promise<void>) {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  const dataDir = join(directory.path, 'data')
  const path = join(directory.path, 'access.log')
  await writeFile(path, log)
  const first = await serve(dataDir)
  await first.client.send('PUT', '/api/v1/kept-logs/default', { keep_logs_days: 3_000 })
  const loading = first.load(path).catch(() => undefined)
  await killedAt(dataDir)
  await first.kill()
  await loading
  const server = await serve(dataDir)
  onTestFinished(() => server.kill())
  await untilCount(dataDir, isLoaded, true)
  await untilCount(dataDir, isOpen, false)
  return { dataDir, server }
}

async function listed(server: Served): Promise<LogFile[]> {
  const startMs = Date.parse('2026-09-01T08:00:00+08:00')
  const range = `start_time=${startMs}&end_time=${startMs + 3_600_000}`
  const answer = await server.client.get<{ logs: LogFile[] }>(`/v1.0/cdn/logs?domain_name=www.example.test&${range}`)
  return answer.logs
}

it.each(Object.entries(moments))('killed %s: every line counts once and is kept once', async (_, killedAt) => {
  const { dataDir, server } = await loadedAndKilled(killedAt)
  expect(await totals(server, dataDir)).toEqual({ requests: linesCount, flux: linesCount * 1_000 })
  const files = await listed(server)
  expect(files).toHaveLength(1)
  const bytes = Buffer.from(await (await fetch(files[0]?.link ?? '')).arrayBuffer())
  expect(gunzipSync(bytes).toString() === log).toBe(true)
  await untilStored(dataDir, (names) => names.length === 1)
})

it('killed once its batch was forgotten: the next start removes its bytes', async () => {
  const { dataDir, server } = await loadedAndKilled((dataDir) => untilCount(dataDir, isLoaded, true))
  await server.client.send('DELETE', '/api/v1/log-batches/1')
  await server.kill()
  const again = await serve(dataDir)
  onTestFinished(() => again.kill())
  await untilStored(dataDir, (names) => names.length === 0)
  expect(await listed(again)).toEqual([])
})

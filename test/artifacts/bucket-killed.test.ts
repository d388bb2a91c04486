import { randomBytes } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest'
import { temporaryDirectory } from '../harness/directory.ts'
import type { LogFile } from '../harness/kept-logs.ts'
import { totals, untilCount } from '../harness/ledger-file.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Served, serve } from '../harness/served.ts'
import { ownerVariables, startVersitygw, type TestStore, withVersitygw } from '../harness/versitygw.ts'

/** Kept as gzip they take 30 MB: two parts of an upload. */
const linesCount = 150_000
const log = Array.from({ length: linesCount }, () => huaweiLine({ path: `/${randomBytes(200).toString('hex')}` })).join(
  '',
)
const isLoaded = "select count(*) from batch where state = 'loaded'"
const isOpen = "select count(*) from kept_log where state <> 'kept'"

withVersitygw(() => {
  let store: TestStore
  beforeAll(async () => {
    for (const [name, value] of Object.entries(ownerVariables)) vi.stubEnv(name, value)
    store = await startVersitygw()
    await store.createBucket('files')
  })
  afterAll(() => store.stop())

  const moments: Record<string, () => Promise<void>> = {
    'while its upload is open': async () => {
      while ((await store.uploads('files')).length === 0) await delay(2)
    },
    'once its upload is complete': async () => {
      while ((await store.keys('files')).every((key) => !key.startsWith('kept-logs/'))) await delay(2)
    },
  }

  async function listed(server: Served): Promise<LogFile[]> {
    const startMs = Date.parse('2026-09-01T08:00:00+08:00')
    const path = `/v1.0/cdn/logs?domain_name=www.example.test&start_time=${startMs}&end_time=${startMs + 3_600_000}`
    return (await server.client.get<{ logs: LogFile[] }>(path)).logs
  }

  it.each(Object.entries(moments))('killed %s: every line counts and is kept once, no part stays', async (_, until) => {
    const directory = await temporaryDirectory()
    onTestFinished(directory.remove)
    const [dataDir, path] = [join(directory.path, 'data'), join(directory.path, 'access.log')]
    await writeFile(path, log)
    const flags = ['--artifacts-bucket', 's3://files', '--artifacts-endpoint', store.endpoint]
    flags.push('--artifacts-path-style', 'yes', '--allow-root', 'yes')
    const first = await serve(dataDir, ...flags)
    await first.client.send('PUT', '/api/v1/kept-logs/default', { keep_logs_days: 3_000 })
    const loading = first.load(path).catch(() => undefined)
    await until()
    await first.kill()
    await loading
    const server = await serve(dataDir, ...flags)
    onTestFinished(() => server.kill())
    await untilCount(dataDir, isLoaded, true)
    await untilCount(dataDir, isOpen, false)
    expect(await totals(server, dataDir)).toEqual({ requests: linesCount, flux: linesCount * 1_000 })
    const files = await listed(server)
    expect(files).toHaveLength(1)
    const bytes = Buffer.from(await (await fetch(files[0]?.link ?? '')).arrayBuffer())
    expect(gunzipSync(bytes).toString() === log).toBe(true)
    await vi.waitUntil(async () => (await store.keys('files')).length === 1, { timeout: 30_000 })
    expect(await store.uploads('files')).toEqual([])
    await server.client.send('DELETE', '/api/v1/log-batches/1')
    await vi.waitUntil(async () => (await store.keys('files')).length === 0, { timeout: 30_000 })
  })
})

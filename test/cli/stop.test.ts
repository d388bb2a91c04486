import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, truncate, writeFile } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { runCommand } from '../harness/command.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { serve } from '../harness/served.ts'

/** What SIGTERM may take, with some room for a busy machine beyond the 4.5 s after which the process ends by itself. */
const stoppedWithinMs = 6_000

async function endedAfterSigterm(processId: number): Promise<number> {
  const startMs = performance.now()
  process.kill(processId, 'SIGTERM')
  for (;;) {
    try {
      process.kill(processId, 0)
    } catch {
      return performance.now() - startMs
    }
    if (performance.now() - startMs > 3 * stoppedWithinMs) return Number.POSITIVE_INFINITY
    await delay(20)
  }
}

/** A connection that has sent so much, and reads nothing. */
async function stuck(endpoint: string, said: string): Promise<Socket> {
  const { hostname, port } = new URL(endpoint)
  const socket = connect({ host: hostname, port: Number(port) })
  onTestFinished(() => void socket.destroy())
  socket.on('error', () => undefined).pause()
  await once(socket, 'connect')
  socket.write(said)
  return socket
}

it('SIGTERM ends a server within its time, whatever streams are open', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory.remove())
  const dataDir = join(directory.path, 'data')
  const { client, load, kill, processId } = await serve(dataDir)
  onTestFinished(() => kill().catch(() => undefined))
  await writeFile(join(directory.path, 'a.log'), huaweiLine())
  await load(join(directory.path, 'a.log'))
  const start = Date.parse('2026-09-01T08:00:00+08:00')
  const range = { start_time: start, end_time: start + 3_600_000 }
  const { task_id: id } = await client.send<{ task_id: string }>('POST', '/v1/cdn/statistics/export-tasks', range)
  const link = await linkOf(id)
  const artifacts = join(dataDir, 'artifacts')
  const name = (await readdir(artifacts, { recursive: true })).find((one) => one.endsWith('.csv')) ?? ''
  await truncate(join(artifacts, name), 64 * 1024 ** 3)
  for (const method of ['GET', 'HEAD', 'GET', 'HEAD'])
    await stuck(link.origin, `${method} ${link.pathname}${link.search} HTTP/1.1\r\nHost: a\r\n\r\n`)
  await stuck(link.origin, 'POST /api/v1/log-batches HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nx')
  await stuck(link.origin, 'GET /heal')
  await delay(300)
  expect(await endedAfterSigterm(processId)).toBeLessThan(stoppedWithinMs)

  async function linkOf(taskId: string): Promise<URL> {
    for (;;) {
      const task = await client.get<{ download_link?: string }>(`/api/v1/export-tasks/${taskId}`)
      if (task.download_link) return new URL(task.download_link)
      await delay(50)
    }
  }
})

it('what a stop has left behind does not keep the process: it ends in the same time, as one that was stopped', async () => {
  const module = new URL('../../dist/cli/run-until-signal.js', import.meta.url).href
  const leaves = `setInterval(() => undefined, 1000)
    const { runUntilSignal } = await import('${module}')
    const stopped = runUntilSignal(async () => undefined)
    console.log('ready')
    await stopped`
  const child = spawn(process.execPath, ['--input-type=module', '-e', leaves], { stdio: ['ignore', 'pipe', 'ignore'] })
  onTestFinished(() => void child.kill('SIGKILL'))
  await once(child.stdout, 'data')
  const ended = once(child, 'exit')
  const startMs = performance.now()
  child.kill('SIGTERM')
  expect(await Promise.race([ended, delay(3 * stoppedWithinMs)])).toEqual([0, null])
  expect(performance.now() - startMs).toBeLessThan(stoppedWithinMs)
})

it('ingest says plainly that the server ended, and that it keeps the batch, which loads at its next start', async () => {
  const directory = await temporaryDirectory()
  onTestFinished(() => directory.remove())
  const dataDir = join(directory.path, 'data')
  // Loading is paused, as if the disk were full: the batch waits.
  const first = await serve(dataDir, '--disk-reserve-bytes', '4503599627370496')
  onTestFinished(() => first.kill().catch(() => undefined))
  const path = join(directory.path, 'a.log')
  await writeFile(path, huaweiLine())
  const ingesting = runCommand(dataDir, 'ingest', path)
  const queued = async () => (await first.client.get<{ batches: unknown[] }>('/api/v1/log-batches')).batches.length
  await expect.poll(queued, { timeout: 20_000 }).toBe(1)
  await delay(300) // so that the command waits for the batch
  await endedAfterSigterm(first.processId)
  const { code, err } = await ingesting
  expect([code, err]).toEqual([
    1,
    expect.stringMatching(
      /batch 1 is kept, and loads when the server runs: fluxport batches show 1\. .*server has ended/,
    ),
  ])
  expect(err).not.toMatch(/hang up|ECONNRESET|HTTP 503: \{/)
  const second = await serve(dataDir)
  onTestFinished(() => second.kill())
  const stateOf = async () => (await second.client.get<{ state: string }>('/api/v1/log-batches/1')).state
  await expect.poll(stateOf, { timeout: 30_000 }).toBe('loaded')
})

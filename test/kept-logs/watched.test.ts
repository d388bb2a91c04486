import { appendFile, mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { linesOf } from '../harness/customers.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { linesBehind, logsOf } from '../harness/kept-logs.ts'
import { startTestServer } from '../harness/server.ts'
import { hasEnded, quickDirectory, sourceUntil, writeSources } from '../harness/sources.ts'

/** A server that watches a directory, and keeps the logs of its source `edge`. */
async function watching(settings: object) {
  const place = await temporaryDirectory()
  onTestFinished(place.remove)
  const inbox = join(place.path, 'inbox')
  await mkdir(inbox)
  const sources = await writeSources(place.path, [quickDirectory(inbox, { source: 'edge', ...settings })])
  const server = await startTestServer({ sources })
  onTestFinished(() => server.stop())
  expect((await server.call('PUT', '/api/v1/kept-logs/edge', { keep_logs_days: 3_000 })).status).toBe(200)
  const until = (count: number) => sourceUntil(async (path) => (await server.call('GET', path)).json, hasEnded(count))
  const kept = async (domain: string) => {
    const files = await logsOf(server, server.credentials, domain)
    return (await Promise.all(files.map((file) => linesBehind(server, file)))).sort()
  }
  return { inbox, until, kept }
}

it('a watched file that is removed once it is loaded was kept before', async () => {
  const { inbox, until, kept } = await watching({ after: 'delete' })
  const files = ['1', '2', '3'].map((name) => linesOf('a.test', 3, { path: `/${name}` }))
  for (const [n, lines] of files.entries()) await writeFile(join(inbox, `${n}.log`), lines)
  await until(files.length)
  await expect.poll(() => readdir(inbox), { timeout: 20_000 }).toEqual([])
  expect(await kept('a.test')).toEqual(files)
})

it('of a watched file that grows, each line is kept once', async () => {
  const { inbox, until, kept } = await watching({})
  const parts = [1, 2, 3].map((n) => linesOf('a.test', n, { path: `/${n}` }))
  const path = join(inbox, 'grows.log')
  for (const [n, lines] of parts.entries()) {
    await appendFile(path, lines)
    await until(n + 1)
  }
  expect((await kept('a.test')).join('')).toBe(parts.join(''))
})

// 2,000 hourly files of the same lines as one big file, both by `fluxport ingest`, cold start of the command included.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { demoDomains, writeTraffic } from '../scripts/traffic.mjs'
import { pairCount, report, seconds } from './measure.mjs'
import { command, main, startServer } from './server.mjs'

const fileCount = 2_000
const hourMs = 3_600_000

/** Each hour's log, and all of them one after another in one. */
async function writeLogs(directory, linesPerFile) {
  const hours = join(directory, 'hours')
  mkdirSync(hours)
  const whole = join(directory, 'whole.log')
  await writeFile(whole, '')
  const firstHourMs = Date.parse('2026-06-01T00:00:00+08:00')
  for (let n = 0; n < fileCount; n++) {
    const path = join(hours, `${String(n).padStart(4, '0')}.log`)
    const startTimeMs = firstHourMs + n * hourMs
    const traffic = { format: 'huawei_offline', lines: linesPerFile, seed: n + 1, domains: demoDomains }
    await writeTraffic({ path, ...traffic, startTimeMs, durationSeconds: 3_600 })
    await appendFile(whole, await readFile(path))
  }
  return { whole, files: readdirSync(hours).map((name) => join(hours, name)) }
}

/** Forgets what the run before loaded, and waits until it is removed: each run loads into the same state. */
async function forgetAll(server) {
  for (;;) {
    const { batches } = await server.client.get('/api/v1/log-batches', { state: 'loaded', limit: 1_000 })
    if (batches.length === 0) break
    for (const batch of batches) await server.client.send('DELETE', `/api/v1/log-batches/${batch.batch_id}`)
  }
  while (Number(await server.engine('SELECT count() FROM request')) > 0) await delay(50)
}

/** @param options.pairs runs of both; @param options.linesPerFile */
export async function benchFiles({ pairs = pairCount, linesPerFile = 2_000 } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  const dataDir = join(directory, 'data')
  const { whole, files } = await writeLogs(directory, linesPerFile)
  const server = await startServer(dataDir)
  const timed = async (paths) => {
    const took = await seconds(() => command(process.execPath, [main, 'ingest', ...paths, '--data-dir', dataDir]))
    const rows = Number(await server.engine('SELECT count() FROM request'))
    if (rows !== fileCount * linesPerFile) throw new Error(`${rows} requests loaded`)
    await forgetAll(server)
    return took
  }
  try {
    const runs = []
    for (let i = 0; i <= pairs; i++) runs.push([await timed([whole]), await timed(files)])
    const [first, ...counted] = runs.length > 1 ? runs : [runs[0], runs[0]]
    report(
      `${fileCount} hourly files / one file of the same ${fileCount * linesPerFile} lines, speed`,
      counted.map(([one, many]) => one / many),
      { atLeast: 0.5 },
      `${counted[0][0].toFixed(1)} s and ${counted[0][1].toFixed(1)} s in the first of ${counted.length} pairs; warm-up ${first[1].toFixed(1)} s`,
    )
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

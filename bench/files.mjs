// 2,000 hourly files of the same lines as one big file, both by `fluxport ingest`, cold start of the command included.
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { appendFile, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { demoDomains, writeTraffic } from '../scripts/traffic.mjs'
import { pairCount, report, seconds } from './measure.mjs'
import { command, main, startServer } from './server.mjs'

const fileCount = 2_000
const hourMs = 3_600_000
const firstLine = '198.51.100.7 - - [01/May/2026:00:00:00 +0800] "GET / HTTP/1.1" 200 1\n'

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

/** @param options.pairs runs of both; @param options.linesPerFile */
export async function benchFiles({ pairs = pairCount, linesPerFile = 2_000 } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  const { whole, files } = await writeLogs(directory, linesPerFile)
  // Each run into a data directory of its own, with the geographic data loaded: a first line waits for them.
  const timed = async (paths) => {
    const dataDir = join(directory, 'data')
    const server = await startServer(dataDir)
    try {
      await server.client.upload(
        '/api/v1/log-batches',
        { name: 'first', format: 'common', domain: 'example.com' },
        Readable.from([firstLine]),
      )
      const took = await seconds(() => command(process.execPath, [main, 'ingest', ...paths, '--data-dir', dataDir]))
      const rows = Number(await server.engine('SELECT count() FROM request'))
      if (rows !== fileCount * linesPerFile + 1) throw new Error(`${rows} requests loaded`)
      return took
    } finally {
      await server.stop()
      rmSync(dataDir, { recursive: true, force: true })
    }
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
    rmSync(directory, { recursive: true, force: true })
  }
}

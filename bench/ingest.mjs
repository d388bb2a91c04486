// Loading 4,000,000 lines of Huawei's format, cold start of the command included, against GoAccess and the engine's floor.
import { spawnSync } from 'node:child_process'
import { linkSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoDomains, writeTraffic } from '../scripts/traffic.mjs'
import { pairCount, pairs, report } from './measure.mjs'
import { command, main, startServer } from './server.mjs'

const lines = 4_000_000
const goaccessFormat = '[%d:%t %^] %h %D "%R" "%H" "%m" "%v" "%U" %s %b %^ "%u" "%^" %^'

async function writeLog(path) {
  const startTimeMs = Date.parse('2026-09-01T00:00:00+08:00')
  await writeTraffic({
    path,
    format: 'huawei_offline',
    lines,
    seed: 4,
    domains: demoDomains,
    startTimeMs,
    durationSeconds: 86_400,
  })
}

/** Forgets what the run before loaded, and waits until it is removed: each run loads into the same state. */
async function forgetAll(server) {
  const { batches } = await server.client.get('/api/v1/log-batches', { state: 'loaded' })
  for (const batch of batches) await server.client.send('DELETE', `/api/v1/log-batches/${batch.batch_id}`)
  while (Number(await server.engine('SELECT count() FROM request')) > 0)
    await new Promise((done) => setTimeout(done, 50))
}

const goaccess = (log, directory) =>
  command('goaccess', [
    log,
    `--log-format=${goaccessFormat}`,
    '--date-format=%d/%b/%Y',
    '--time-format=%H:%M:%S',
    '--no-progress',
    '-o',
    join(directory, 'report.json'),
  ])

/** @param options.goaccessPairs GoAccess takes minutes a run */
export async function benchIngest({ goaccessPairs = pairCount } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  const log = join(directory, 'huawei.log')
  const dataDir = join(directory, 'data')
  await writeLog(log)
  const server = await startServer(dataDir)
  const ingest = async () => {
    await command(process.execPath, [main, 'ingest', log, '--data-dir', dataDir])
  }
  // The engine opens nothing but what is its own (docs/adr/0027-the-engine-answers-its-server.md): a second name of the log.
  const ownName = join(dataDir, 'engine', 'tmp', 'floor.log')
  linkSync(log, ownName)
  const floor = () =>
    server.engine(`SELECT sum(length(splitByChar('"', line))) FROM file('${ownName}', 'LineAsString')`)
  // Removing the last run's rows is not part of loading: it happens in the other half of the pair, before its clock.
  const ingestThenForget = { time: [] }
  const timedIngest = async () => {
    const startedAt = process.hrtime.bigint()
    await ingest()
    ingestThenForget.time.push(Number(process.hrtime.bigint() - startedAt) / 1e9)
    await forgetAll(server)
  }
  try {
    const floors = (await pairs(floor, timedIngest)).map(([seconds]) => seconds)
    const loads = ingestThenForget.time.slice(1)
    report(
      'ingest of 4,000,000 lines / the engine splitting them, warm',
      loads.map((s, i) => s / floors[i]),
      { atMost: 10 },
      `${loads[0].toFixed(1)} s / ${floors[0].toFixed(2)} s in the first pair`,
    )
    if (spawnSync('goaccess', ['--version']).error)
      console.log('| GoAccess / ingest | skipped: goaccess is not installed | | | |')
    else await againstGoaccess(log, directory, timedIngest, ingestThenForget, goaccessPairs)
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

async function againstGoaccess(log, directory, timedIngest, record, count) {
  record.time.length = 0
  const runs = await pairs(() => goaccess(log, directory), timedIngest, count)
  const loads = record.time.slice(1)
  report(
    'GoAccess 1.7 reading the same file / ingest',
    runs.map(([seconds], i) => seconds / loads[i]),
    { atLeast: 12 },
    `${runs[0][0].toFixed(0)} s / ${loads[0].toFixed(1)} s in the first of ${count} pairs`,
  )
}

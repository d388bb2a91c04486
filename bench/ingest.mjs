// Loading a log of Huawei's format, of 4,000,000 lines unless told otherwise, cold start of the command included, against GoAccess and the engine's floor.
import { spawnSync } from 'node:child_process'
import { linkSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoDomains, writeTraffic } from '../scripts/traffic.mjs'
import { bothSeconds, pairCount, pairs, report, untilQuiet } from './measure.mjs'
import { command, main, startServer } from './server.mjs'

const goaccessFormat = '[%d:%t %^] %h %D "%R" "%H" "%m" "%v" "%U" %s %b %^ "%u" "%^" %^'

async function writeLog(path, lines) {
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

/**
 * @param options.lines of the log
 * @param options.pairs of a load with the floor, after a warm-up
 * @param options.goaccessPairs GoAccess takes minutes a run
 */
export async function benchIngest({ lines = 4_000_000, pairs: count = pairCount, goaccessPairs = pairCount } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  const log = join(directory, 'huawei.log')
  const dataDir = join(directory, 'data')
  await writeLog(log, lines)
  const server = await startServer(dataDir)
  // The engine opens nothing but what is its own (docs/adr/0027-the-engine-answers-its-server.md): a second name of the log.
  const ownName = join(dataDir, 'engine', 'tmp', 'floor.log')
  linkSync(log, ownName)
  const floor = () =>
    server.engine(`SELECT sum(length(splitByChar('"', line))) FROM file('${ownName}', 'LineAsString')`)
  // Neither the sums that are made behind the answer nor removing the last run's rows are part of loading.
  const timed = async (work) => {
    await untilQuiet(server.processId)
    return await bothSeconds(work)
  }
  const timedIngest = async () => {
    const took = await timed(() => command(process.execPath, [main, 'ingest', log, '--data-dir', dataDir]))
    await forgetAll(server)
    return took
  }
  try {
    await timed(floor)
    await timedIngest()
    const runs = []
    for (let n = 0; n < count; n++) runs.push({ floor: await timed(floor), load: await timedIngest() })
    reportRatios(runs, lines)
    if (goaccessPairs === 0) return
    if (spawnSync('goaccess', ['--version']).error)
      console.log('| GoAccess / ingest | skipped: goaccess is not installed | | | |')
    else await againstGoaccess(log, directory, timedIngest, goaccessPairs)
  } finally {
    await server.stop()
    rmSync(directory, { recursive: true, force: true })
  }
}

/** Both ratios: the floor itself does not keep two cores busy, so they differ. */
function reportRatios(runs, lines) {
  for (const [name, of, atMost] of [
    ['processor time', 'processor', 8],
    ['by the clock', 'wall', 9],
  ])
    report(
      `ingest of ${lines.toLocaleString('en')} lines / the engine splitting them, warm, ${name}`,
      runs.map(({ floor, load }) => load[of] / floor[of]),
      { atMost },
      `${runs[0].load[of].toFixed(1)} s / ${runs[0].floor[of].toFixed(2)} s in the first pair`,
    )
}

async function againstGoaccess(log, directory, timedIngest, count) {
  const loads = []
  const runs = await pairs(
    () => goaccess(log, directory),
    async () => loads.push((await timedIngest()).wall),
    count,
  )
  const counted = loads.slice(1)
  report(
    'GoAccess 1.7 reading the same file / ingest',
    runs.map(([seconds], i) => seconds / counted[i]),
    { atLeast: 20 },
    `${runs[0][0].toFixed(0)} s / ${counted[0].toFixed(1)} s in the first of ${count} pairs`,
  )
}

// What locating clients costs: the same log loaded with geographic data and without, and what the data take in memory.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { demoDomains, writeTraffic } from '../scripts/traffic.mjs'
import { pairCount, processorSeconds, report } from './measure.mjs'
import { startServer } from './server.mjs'

const lines = 1_000_000
const startTimeMs = Date.parse('2026-09-01T00:00:00+08:00')

async function load(server, path) {
  const token = { 'X-Fluxport-Local-Token': server.client.localToken }
  const startedAt = process.hrtime.bigint()
  const startedWith = processorSeconds(server.processId)
  const batch = await server.client.send('POST', '/api/v1/log-batches/local-file', { path }, token)
  const taken = {
    seconds: Number(process.hrtime.bigint() - startedAt) / 1e9,
    processorSeconds: processorSeconds(server.processId) - startedWith,
  }
  await server.client.send('DELETE', `/api/v1/log-batches/${batch.batch_id}`)
  while (Number(await server.engine('SELECT count() FROM request')) > 0)
    await new Promise((done) => setTimeout(done, 50))
  return taken
}

/** @param options.pairs counted after a warm-up, which also reads the data in */
export async function benchGeo({ pairs = pairCount } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  const log = join(directory, 'huawei.log')
  const traffic = {
    format: 'huawei_offline',
    lines,
    seed: 4,
    domains: demoDomains,
    startTimeMs,
    durationSeconds: 86_400,
  }
  await writeTraffic({ path: log, ...traffic })
  const [on, off] = [
    await startServer(join(directory, 'on')),
    await startServer(join(directory, 'off'), ['--geo', 'off']),
  ]
  try {
    const found = []
    for (let pair = 0; pair <= pairs; pair++) {
      const [without, located] = [await load(off, log), await load(on, log)]
      if (pair > 0) found.push([located, without])
    }
    const ratios = (what) => found.map(([located, without]) => located[what] / without[what])
    const name = `ingest of ${lines.toLocaleString('en-US')} lines, clients located / not`
    report(`${name}, processor time`, ratios('processorSeconds'), { atMost: 1.3 })
    report(`${name}, time`, ratios('seconds'), { atMost: 1.3 })
    // What the machine's other work makes of equal loads.
    const noise = found.slice(1).map(([, without], n) => without.processorSeconds / found[n][1].processorSeconds)
    report('the same, not located / not located before, processor time', noise, { atMost: 1.3 })
    const bytes = "SELECT sum(bytes_allocated) FROM system.dictionaries WHERE startsWith(name, 'geo_')"
    report('geographic data in memory, MiB', [Number(await on.engine(bytes)) / 1024 ** 2], { atMost: 150 })
  } finally {
    await Promise.all([on.stop(), off.stop()])
    rmSync(directory, { recursive: true, force: true })
  }
}

// What each log format costs: the same requests in each, loaded in turn with Huawei's offline log, clients located and not.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { wrappings } from '../dist/ingest/formats/wrapping/known-wrappings.js'
import { sampledFormats, sampleLog, sampleRequests } from '../test/oracle/format-samples.mjs'
import { median, report } from './measure.mjs'
import { startServer } from './server.mjs'

const lineCount = 200_000
const yardstick = 'huawei_offline'

const tables = ['request', 'usage', 'url_daily', 'geography_hourly', 'rejected', 'load_span']

/**
 * Loads a log into empty tables, under a source of its own: the same bytes again would be a duplicate. Waits for what is
 * made of it later, so that nothing else runs in the next one's time.
 * @returns seconds of the load
 */
async function load(server, path, format, source) {
  const token = { 'X-Fluxport-Local-Token': server.client.localToken }
  const parameters = { path, format, domain: 'www.example.com', source, force: true }
  const startedAt = process.hrtime.bigint()
  const batch = await server.client.send('POST', '/api/v1/log-batches/local-file', parameters, token)
  const seconds = Number(process.hrtime.bigint() - startedAt) / 1e9
  if (batch.rejected_lines > 10) throw new Error(`${format}: ${batch.rejected_lines} lines rejected`)
  while (Number(await server.engine('SELECT sum(requests) FROM geography_hourly')) < batch.requests) await delay(20)
  while (Number(await server.engine('SELECT sum(requests) FROM url_daily')) < batch.requests) await delay(20)
  for (const table of tables) await server.engine(`TRUNCATE TABLE ${table}`)
  return seconds
}

/** A log with a line that does not count is read a second time: what that costs is measured of these. */
const formatsWithBadLine = ['huawei_offline', 'nginx_json', 'combined_vhost']

function written(directory, name, format, text) {
  const path = join(directory, `${name}.log`)
  writeFileSync(path, text)
  return { path, format, bytes: Buffer.byteLength(text) }
}

/** Combined lines in each wrapping. */
const wrappedFormats = wrappings.map(({ name, example }) => ({ name: `${name}+combined`, example }))
const allFormats = [...sampledFormats, ...wrappedFormats.map(({ name }) => name)]

/**
 * One table with clients located, and one without.
 * @param options.pairs of each format with the yardstick, after a warm-up
 * @param options.only these formats; without: all
 */
export async function benchFormats({ pairs = 7, only = allFormats } = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-bench-'))
  const requests = sampleRequests(lineCount).map((request) => ({
    ...request,
    timeS: (request.timeS % 86_400) + 1_788_220_800,
  }))
  const logs = new Map()
  for (const format of sampledFormats.filter((name) => name === yardstick || only.includes(name))) {
    const { text } = sampleLog(format, requests, { broken: false })
    logs.set(format, written(directory, format, format, text))
    if (formatsWithBadLine.includes(format)) {
      const name = `${format} with a line that is none`
      logs.set(name, written(directory, name, format, `${text}no request\n`))
    }
  }
  for (const { name, example } of wrappedFormats.filter((one) => only.includes(one.name))) {
    const lines = sampleLog('combined', requests, { broken: false }).text.trimEnd().split('\n')
    logs.set(name, written(directory, name, name, `${lines.map(example).join('\n')}\n`))
  }
  for (const geo of ['on', 'off']) {
    const server = await startServer(join(directory, geo), geo === 'off' ? ['--geo', 'off'] : [])
    try {
      await measure(server, logs, pairs, geo === 'off' ? 'clients not located' : 'clients located')
    } finally {
      await server.stop()
    }
  }
  rmSync(directory, { recursive: true, force: true })
}

async function measure(server, logs, pairs, what) {
  const own = logs.get(yardstick)
  for (const [name, { path, format, bytes }] of logs) {
    const runs = []
    for (let i = 0; i <= pairs; i++) {
      const yard = (await load(server, own.path, yardstick, `${name}-yardstick-${i}`)) / own.bytes
      runs.push([await load(server, path, format, `${name}-${i}`), yard])
    }
    const counted = runs.slice(1)
    const seconds = median(counted.map(([took]) => took))
    report(
      `${name} / ${yardstick}, time a byte, ${what}`,
      counted.map(([took, yard]) => took / bytes / yard),
      { atMost: 3 },
      `${Math.round(lineCount / seconds / 1_000)},000 lines/s, ${(bytes / seconds / 1e6).toFixed(0)} MB/s`,
    )
  }
}

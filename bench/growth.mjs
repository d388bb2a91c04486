// Cost at a million batches against cost at a thousand, of the same server doing the same work in turns. The batches are
// written through SQL, in the ledger and in the engine; the work then is that of a day: a small log, a task, lists,
// coverage, a start, and nothing at all.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { ledgerStatements } from '../test/growth/large-ledger.mjs'
import { processorSeconds, report } from './measure.mjs'
import { exportTask, startServer } from './server.mjs'

const sizes = [1_000, 1_000_000]
const domain = 'www.growth.example'
const hourMs = 3_600_000

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** 333 lines of the last half hour, another log each time. */
function smallLog(salt) {
  const startMs = Date.now() - hourMs / 2
  return Array.from({ length: 333 }, (_, n) => {
    const [, year, month, day, time] = /(\d+)-(\d+)-(\d+)T(.{8})/.exec(new Date(startMs + n * 1_000).toISOString())
    const at = `${day}/${months[month - 1]}/${year}:${time} +0000`
    return `${domain} 198.51.100.${n % 250} - - [${at}] "GET /${salt}/${n} HTTP/1.1" 200 ${n} "-" "bench"\n`
  }).join('')
}

/** The rows that the engine has of the ledger's loads: a span each, and the usage of one bucket. */
const engineRows = (batches, first, account, endS) => [
  `INSERT INTO load_span (load_id, account_id, source, file_name, file_domain, named_from, named_to, allowed_set, first_bucket, last_bucket, domains, rejected_lines, written_at)
   SELECT ${first} + number + 1, '${account}', concat('edge-', toString(number % 200)), concat('access-', toString(number), '.log'), '', 0, 0, '',
     toStartOfFiveMinutes(toDateTime(${endS} - (${batches} - number) * 30, 'UTC')), toStartOfFiveMinutes(toDateTime(${endS} - (${batches} - number) * 30, 'UTC')), ['${domain}'], 0, toDateTime(${endS} - (${batches} - number) * 30, 'UTC')
   FROM numbers(${batches})`,
  `INSERT INTO usage SELECT toStartOfFiveMinutes(toDateTime(${endS} - (${batches} - number) * 30, 'UTC')), '${domain}', 'mainland_china', ${first} + number + 1, 20, 20000, 0, 0, 0, 20, 0, 0, 0, NULL, NULL
   FROM numbers(${batches}) SETTINGS max_partitions_per_insert_block = 0`,
]

async function fill(dataDir, batches) {
  await mkdir(join(dataDir, '..'), { recursive: true })
  const server = await startServer(dataDir)
  const first = join(dataDir, '..', 'first.log')
  await writeFile(first, smallLog('first'))
  await load(server, first)
  const [{ account }] = (await server.engine('SELECT any(account_id) AS account FROM load_span FORMAT JSONEachRow'))
    .trim()
    .split('\n')
    .map((row) => JSON.parse(row))
  const nowMs = Date.now() - hourMs
  for (const sql of engineRows(batches, 1_000, account, Math.floor(nowMs / 1000))) await server.engine(sql)
  await server.stop()
  const sqlite = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'))
  const { account_id, owner, source } = sqlite.prepare('select account_id, owner, source from batch limit 1').get()
  const whose = { account: account_id, otherAccount: account_id, source, owner }
  for (const one of await ledgerStatements({ batches, first: 1_000, sources: 200, nowMs, ...whose })) sqlite.exec(one)
  sqlite.close()
}

async function load(server, path) {
  const headers = { 'X-Fluxport-Local-Token': server.client.localToken ?? '' }
  const batch = await server.client.send(
    'POST',
    '/api/v1/log-batches/local-file',
    { path, format: 'combined_vhost' },
    headers,
  )
  if (batch.state !== 'loaded') throw new Error(JSON.stringify(batch))
}

/** The same things, of a small and of a large ledger. */
const works = {
  'load of a log of 333 lines': async ({ server, directory }, round) => {
    const path = join(directory, `${round}-${Math.random()}.log`)
    await writeFile(path, smallLog(Math.random()))
    await load(server, path)
  },
  'claim and export of an hour': async ({ server }) => {
    const endMs = Math.floor(Date.now() / hourMs) * hourMs - 48 * hourMs
    await exportTask(server.client, { domain_name: domain, start_time: endMs - hourMs, end_time: endMs })
  },
  'list of batches': async ({ server }) => server.client.get('/api/v1/log-batches?limit=20'),
  'coverage of a day': async ({ server }) => {
    const endMs = Math.floor(Date.now() / hourMs) * hourMs
    await server.client.get(
      `/api/v1/coverage?domain_name=${domain}&start_time=${endMs - 24 * hourMs}&end_time=${endMs}`,
    )
  },
}

/** Wall and processor seconds of some rounds of a work. */
async function measured(place, work, rounds) {
  const startedAt = process.hrtime.bigint()
  const before = processorSeconds(place.server.processId)
  for (let round = 0; round < rounds; round++) await work(place, round)
  const processor = processorSeconds(place.server.processId) - before
  return { wall: Number(process.hrtime.bigint() - startedAt) / 1e9, processor }
}

/** @param options.batches the larger ledger's batches */
export async function benchGrowth({ batches = sizes[1], pairs = 5, idleSeconds = 60 } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'fluxport-growth-'))
  try {
    const places = []
    for (const size of [sizes[0], batches]) {
      const dataDir = join(directory, `${size}`, 'data')
      await fill(dataDir, size)
      places.push({ dataDir, directory })
    }
    await benchStart(places, pairs)
    for (const place of places) place.server = await startServer(place.dataDir)
    for (const [name, work] of Object.entries(works)) await benchWork(name, work, places, pairs)
    await benchIdle(places, idleSeconds)
    for (const { server } of places) await server.stop()
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

async function benchWork(name, work, [small, large], pairs) {
  const rounds = 5
  await measured(small, work, 2)
  await measured(large, work, 2)
  const ratios = { wall: [], processor: [] }
  let last = ''
  for (let pair = 0; pair < pairs; pair++) {
    const one = await measured(small, work, rounds)
    const other = await measured(large, work, rounds)
    ratios.wall.push(other.wall / one.wall)
    if (one.processor > 0) ratios.processor.push(other.processor / one.processor)
    last = `${((1000 * one.wall) / rounds).toFixed(0)} and ${((1000 * other.wall) / rounds).toFixed(0)} ms`
  }
  report(`growth: ${name}, wall`, ratios.wall, { atMost: 1.5 }, last)
  if (ratios.processor.length > 0) report(`growth: ${name}, processor`, ratios.processor, { atMost: 1.5 })
}

async function benchStart(places, pairs) {
  const runs = { wall: [], processor: [] }
  let last = ''
  for (let pair = 0; pair < pairs; pair++) {
    const took = []
    for (const { dataDir } of places) {
      const startedAt = process.hrtime.bigint()
      const server = await startServer(dataDir)
      took.push({
        wall: Number(process.hrtime.bigint() - startedAt) / 1e9,
        processor: processorSeconds(server.processId),
      })
      await server.stop()
    }
    const [small, large] = took
    runs.wall.push(large.wall / small.wall)
    runs.processor.push(large.processor / small.processor)
    last = `processor ${small.processor.toFixed(2)} and ${large.processor.toFixed(2)} s`
  }
  report('growth: start, wall', runs.wall, { atMost: 1.5 })
  report('growth: start, processor', runs.processor, { atMost: 1.5 }, last)
}

/** Percent of a core that servers without work take, after what their start set off has ended. */
async function benchIdle(places, idleSeconds) {
  await delay(20_000)
  const before = places.map(({ server }) => processorSeconds(server.processId))
  await delay(idleSeconds * 1_000)
  const percents = places.map(({ server }, n) => (100 * (processorSeconds(server.processId) - before[n])) / idleSeconds)
  report('growth: idle, percent of a core, 1,000 batches', [percents[0]], { atMost: 0.5 })
  report('growth: idle, percent of a core, large ledger', [percents[1]], { atMost: 0.5 })
}

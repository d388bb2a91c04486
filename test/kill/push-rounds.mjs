// npm run test:pushes -- --pushes 10000 --connections 50 --kills 20 [--seed N]: pushes from many connections while the server
// is killed, and started again, over and over. Every push whose 2xx arrived counts exactly once; one with a key is sent
// again until it is answered, and counts once; one without a key is sent once, and counts once or not at all.
import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request as httpRequest } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import BetterSqlite3 from 'better-sqlite3'
import { openClient } from '../../dist/cli/client.js'
import { askEngine } from './api.mjs'
import { copyBuild, startServer, stopAll } from './program.mjs'

const numbers = { pushes: '10000', connections: '50', kills: '20', seed: '1' }
const { values } = parseArgs({
  options: Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, { type: 'string', default: value }]),
  ),
})
const [pushes, connections, kills, seed] = Object.keys(numbers).map((name) => Number(values[name]))

/** A generator of numbers from 0 to 1 that the seed alone decides (mulberry32). */
function dice(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
const random = dice(seed)

/** Push `n`: one to five lines whose paths nobody else has; some compressed, some without a last line end, most with a key. */
function pushOf(n) {
  const lines = Array.from(
    { length: 1 + (n % 5) },
    (_, line) =>
      `[01/Sep/2026:08:00:01 +0800] 198.51.100.7 35 "-" "HTTP/1.1" "GET" "push.example.test" "/${n}/${line}" ` +
      `200 ${1000 + line} HIT "curl/8.0" "-" 203.0.113.9`,
  )
  const text = lines.join('\n') + (n % 3 === 0 ? '' : '\n')
  return {
    n,
    lines: lines.length,
    key: n % 4 === 0 ? null : `push-${n}`,
    body: n % 2 ? gzipSync(text) : Buffer.from(text),
  }
}

const agent = new Agent({ keepAlive: true, maxSockets: connections })

/** One request. @returns the status, or 0 when the connection broke: nobody knows then */
function post(target, push) {
  return new Promise((resolve) => {
    const headers = { Authorization: `Bearer ${target.token}`, ...(push.key ? { 'Idempotency-Key': push.key } : {}) }
    const sent = httpRequest(
      { host: '127.0.0.1', port: target.port(), path: '/api/v1/log-batches', method: 'POST', agent, headers },
      (answer) => {
        answer
          .resume()
          .on('end', () => resolve(answer.statusCode))
          .on('error', () => resolve(0))
      },
    )
    sent.on('error', () => resolve(0)).end(push.body)
  })
}

/** @returns {Promise<'acknowledged' | 'unknown' | 'refused'>} */
async function deliver(target, push) {
  for (;;) {
    const status = await post(target, push)
    if (status >= 200 && status < 300) return 'acknowledged'
    if (status >= 400 && status < 500) throw new Error(`push ${push.n} got ${status}`)
    if (push.key === null) return status === 0 ? 'unknown' : 'refused'
    await delay(50)
  }
}

/** Ships everything while the server is killed; answers what became of each push, and the server that runs then. */
async function ship(build, directory) {
  let server = await startServer(build, directory)
  const client = await openClient({ dataDir: join(directory, 'data') }, {})
  const key = await client.send('POST', '/api/v1/access-keys', { role: 'ingest' })
  const target = { token: key.ingest_token, port: () => Number(new URL(server.endpoint).port) }
  const outcomes = new Array(pushes)
  let next = 0
  let done = 0
  const shipper = async () => {
    while (next < pushes) {
      const push = pushOf(next++)
      outcomes[push.n] = await deliver(target, push)
      done++
    }
  }
  const shipping = Promise.all(Array.from({ length: connections }, shipper))
  for (let kill = 1; kill <= kills; kill++) {
    const until = Math.min(pushes - connections, done + (pushes / (kills + 1)) * (0.5 + random()))
    while (done < until) await delay(2)
    await delay(random() * 40)
    await server.stop()
    server = await startServer(build, directory)
  }
  await shipping
  agent.destroy()
  return { server, outcomes }
}

/** How often each path counts: rows of the loads that the ledger has as visible, once nothing is on its way. */
async function countedPaths(server, dataDir) {
  const client = await openClient({ dataDir }, {})
  for (const state of ['queued', 'loading']) {
    while ((await client.get('/api/v1/log-batches', { state })).total > 0) await delay(100)
  }
  const failed = await client.get('/api/v1/log-batches', { state: 'failed' })
  if (failed.total > 0) throw new Error(`${failed.total} batches failed: ${JSON.stringify(failed.batches[0].error)}`)
  const database = new BetterSqlite3(join(dataDir, 'fluxport.sqlite'), { readonly: true })
  const visible = database.prepare("select load_id from load where state = 'visible'").pluck().all()
  database.close()
  const sql = `SELECT path, count() AS requests FROM request WHERE load_id IN (${[0, ...visible].join(', ')}) GROUP BY path`
  const rows = await askEngine(build, dataDir, server.engine.port, sql)
  return { loads: visible.length, counts: new Map(rows.map(({ path, requests }) => [path, requests])) }
}

/** Compares what counts with what was answered. */
function problemsOf(outcomes, counts) {
  const problems = []
  for (const [n, outcome] of outcomes.entries()) {
    const paths = Array.from({ length: pushOf(n).lines }, (_, line) => `/${n}/${line}`)
    const found = paths.map((path) => counts.get(path) ?? 0)
    const isWhole = found.every((count) => count === 1)
    const mayBeNone = outcome !== 'acknowledged' && found.every((count) => count === 0)
    if (!isWhole && !mayBeNone) problems.push(`push ${n}, ${outcome}: its lines count ${found.join(', ')} times`)
    for (const path of paths) counts.delete(path)
  }
  for (const path of counts.keys()) problems.push(`${path} counts, and nobody sent it`)
  return problems
}

const directory = mkdtempSync(join(tmpdir(), 'fluxport-pushes-'))
const build = copyBuild()
try {
  const startedMs = Date.now()
  const { server, outcomes } = await ship(build, directory)
  const seconds = (Date.now() - startedMs) / 1000
  const { loads, counts } = await countedPaths(server, join(directory, 'data'))
  const problems = problemsOf(outcomes, counts)
  const tally = Object.fromEntries(
    ['acknowledged', 'unknown', 'refused'].map((kind) => [kind, outcomes.filter((outcome) => outcome === kind).length]),
  )
  await server.stop()
  for (const problem of problems.slice(0, 20)) console.log(problem)
  console.log(
    `${pushes} pushes from ${connections} connections, ${kills} kills, ${seconds.toFixed(0)} s: ` +
      `${JSON.stringify(tally)}, in ${loads} loads; ${problems.length} wrong`,
  )
  process.exitCode = problems.length > 0 ? 1 : 0
} finally {
  stopAll()
  build.remove()
  rmSync(directory, { recursive: true, force: true })
}

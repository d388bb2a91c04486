// npm run test:hostile -- --requests 100000 --bodies 20000 --connections 32 --slow 50 [--seed N]: one account attacks, with
// random signed requests, hostile bodies and readers and writers that stall; another pushes and exports meanwhile. Prints the
// longest silence of /healthz, the peak of memory, and the other account's times, idle and meanwhile. Fails for a 5xx that is no
// refusal, a wrong total of the other account, or a server that ends.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openApi } from '../kill/api.mjs'
import { copyBuild, startServer, stopAll } from '../kill/program.mjs'
import { generateBodies, numbersOf } from './bodies.mjs'
import { neighbour } from './neighbour.mjs'
import { randomRequest } from './random-requests.mjs'
import { hold } from './slow-sockets.mjs'
import { watchHealth, watchMemory } from './watch.mjs'

const numbers = { requests: '100000', bodies: '20000', connections: '32', slow: '50', seed: '1' }
const { values } = parseArgs({
  options: Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, { type: 'string', default: value }]),
  ),
})
const [requests, bodies, connections, slow, seed] = Object.keys(numbers).map((name) => Number(values[name]))

const directory = mkdtempSync(join(tmpdir(), 'fluxport-hostile-'))
const build = copyBuild()
const problems = []
/** Answers by status, of all that the attacker sent. */
const answers = new Map()

/** A refusal for want of room is an answer that tells the client what to do, and no failure. */
const refusals = new Set(['FLUXPORT.0003', 'FLUXPORT.0105'])

function count(status, code, what) {
  answers.set(status, (answers.get(status) ?? 0) + 1)
  if (status >= 500 && !refusals.has(code)) problems.push(`${what} answered ${status} ${code ?? ''}`)
}

/** Does the work of a generator of promises, so many at once. */
async function inTurns(jobs, atOnce) {
  const next = async () => {
    for (let job = jobs.next(); !job.done; job = jobs.next()) await job.value()
  }
  await Promise.all(Array.from({ length: atOnce }, next))
}

function* requestJobs(attacker) {
  const random = numbersOf(seed)
  for (let n = 0; n < requests; n++) {
    const { method, target, options } = randomRequest(random)
    yield async () => {
      const { status, json } = await attacker
        .call(method, target, options)
        .catch((error) => failed(error, method + target))
      count(status, json.error_code, `${method} ${target}`)
    }
  }
}

function* bodyJobs(attacker) {
  for (const { name, query, headers, bytes } of generateBodies(seed, bodies)) {
    yield async () => {
      const search = new URLSearchParams(query)
      const { status, json } = await attacker
        .push(`/api/v1/log-batches?${search}`, bytes, headers)
        .catch((error) => failed(error, name))
      count(status, json.error_code, name)
    }
  }
}

/** A connection that the server closed, as it may on one that sends nonsense; a server that is gone tells at the end. */
function failed(error, what) {
  if (error.name === 'TimeoutError') problems.push(`${what} was not answered`)
  return { status: 0, json: {} }
}

async function attack() {
  const server = await startServer(build, directory, { flags: ['--webhook-allow-private', 'no'] })
  const operator = await openApi(build, join(directory, 'data'), server.endpoint)
  const attacker = await neighbour(build, operator, server.endpoint, 'attacker')
  const other = await neighbour(build, operator, server.endpoint, 'other')
  const idle = await other.work(12)
  const health = watchHealth(server.endpoint)
  const memory = watchMemory(server.processId())
  const stalled = hold(server.endpoint, attacker.token, slow)
  const attacking = Promise.all([
    inTurns(requestJobs(attacker), Math.max(1, connections >> 1)),
    inTurns(bodyJobs(attacker), Math.max(1, connections >> 1)),
  ])
  let isOver = false
  const over = () => {
    isOver = true
  }
  attacking.then(over, over)
  const meanwhile = []
  do meanwhile.push(...(await other.work(1)))
  while (!isOver)
  await attacking
  stalled.end()
  await delay(200)
  if (server.hasEnded) problems.push('the server ended')
  const wrong = await other.compare()
  if (wrong) problems.push(wrong)
  const silence = await health.end()
  const peaks = await memory.end()
  await server.stop()
  report(idle, meanwhile, silence, peaks)
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`

function report(idle, meanwhile, silence, peaks) {
  const statuses = [...answers].sort(([a], [b]) => a - b).map(([status, n]) => `${status || 'closed'}: ${n}`)
  console.log(`answers: ${statuses.join(', ')}`)
  console.log(`longest silence of /healthz: ${Math.round(silence.longestMs)} ms of ${silence.asked} looks`)
  console.log(`peak memory (RssAnon): server ${peaks.server} MiB, with its children ${peaks.all} MiB`)
  for (const kind of ['pushMs', 'exportMs']) {
    const [before, during] = [idle, meanwhile].map((rounds) => median(rounds.map((round) => round[kind])))
    const name = kind === 'pushMs' ? 'push' : 'export'
    console.log(
      `another account’s ${name}: idle ${seconds(before)}, meanwhile ${seconds(during)} (median of ${meanwhile.length}), ` +
        `ratio ${(during / before).toFixed(1)}`,
    )
  }
  for (const problem of problems.slice(0, 20)) console.log(`PROBLEM ${problem}`)
  const bad = problems.length
  console.log(`${requests} requests, ${bodies} bodies, ${slow} stalled connections: ${bad} problems`)
}

try {
  await attack()
} finally {
  stopAll()
  build.remove()
  rmSync(directory, { recursive: true, force: true })
}
process.exit(problems.length === 0 ? 0 : 1)

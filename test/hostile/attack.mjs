// npm run test:hostile -- --requests 100000 --bodies 20000 --connections 32 --slow 50 [--seed N]: one account attacks, with
// random signed requests and hostile bodies; one holds connections that stall, which would take the first one's own slots; a
// third pushes and exports meanwhile. Prints the longest silence of /healthz, the peak of memory, and the third account's
// times, idle and meanwhile. Fails for a 5xx that is no refusal, a wrong total of that account, or a server that ends.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { openApi } from '../kill/api.mjs'
import { copyBuild, startServer, stopAll } from '../kill/program.mjs'
import { keysOf, neighbour } from './neighbour.mjs'
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
/** Runs the attacker in a process of its own: what it packs and signs must not delay the other account. */
async function attackFrom(endpoint, account) {
  const child = fork(new URL('attacker.mjs', import.meta.url))
  child.send({ endpoint, ...account, requests, bodies, connections, seed })
  const [found] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => [{ answers: [], problems: ['the attacker ended'] }]),
  ])
  return found
}

async function attack() {
  // A key's requests are limited as they are by default: that belongs to what keeps accounts apart.
  const flags = ['--webhook-allow-private', 'no', '--requests-per-second', '100']
  const server = await startServer(build, directory, { flags })
  const operator = await openApi(build, join(directory, 'data'), server.endpoint)
  const attacker = await keysOf(operator, 'attacker', 'www.attacker.test')
  const other = await neighbour(build, operator, server.endpoint, 'other')
  const idle = await other.work(12)
  const health = watchHealth(server.endpoint)
  const memory = watchMemory(server.processId())
  const staller = await keysOf(operator, 'staller', 'www.staller.test')
  const stalled = hold(server.endpoint, staller.token, slow)
  const attacking = attackFrom(server.endpoint, attacker)
  let isOver = false
  const over = () => {
    isOver = true
  }
  attacking.then(over, over)
  const meanwhile = []
  do meanwhile.push(...(await other.work(1)))
  while (!isOver)
  const found = await attacking
  problems.push(...found.problems)
  stalled.end()
  await delay(200)
  if (server.hasEnded) problems.push('the server ended')
  const wrong = await other.compare()
  if (wrong) problems.push(wrong)
  const silence = await health.end()
  const peaks = await memory.end()
  await server.stop()
  report({ answers: found.answers, idle, meanwhile, silence, peaks })
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`

function report({ answers, idle, meanwhile, silence, peaks }) {
  const statuses = answers.sort(([a], [b]) => a - b).map(([status, n]) => `${status || 'closed'}: ${n}`)
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

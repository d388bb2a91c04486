// npm run test:hostile -- --requests 100000 --bodies 20000 --attackers 1 --connections 32 --slow 50 [--seed N]: accounts
// attack, with random signed requests and hostile bodies; one holds connections that stall, which would take an attacker's own
// slots; another pushes and exports meanwhile. Prints the longest silence of /healthz, the peak of memory, and that account's
// times, idle and meanwhile. Fails for a 5xx that is no refusal, a wrong total of that account, or a server that ends.
// An account's bodies are looked into in turns, 2 a second: 20,000 fit an hour from several attackers alone.
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

const numbers = { requests: '100000', bodies: '20000', attackers: '1', connections: '32', slow: '50', seed: '1' }
const { values } = parseArgs({
  options: Object.fromEntries(
    Object.entries(numbers).map(([name, value]) => [name, { type: 'string', default: value }]),
  ),
})
const [requests, bodies, attackers, connections, slow, seed] = Object.keys(numbers).map((name) => Number(values[name]))

const directory = mkdtempSync(join(tmpdir(), 'fluxport-hostile-'))
const build = copyBuild()
const problems = []
/** Runs an attacker in a process of its own: what it packs and signs must not delay the other account. */
async function attackFrom(endpoint, account, number) {
  const child = fork(new URL('attacker.mjs', import.meta.url))
  const share = (all) => Math.floor((all * (number + 1)) / attackers) - Math.floor((all * number) / attackers)
  child.send({
    endpoint,
    ...account,
    requests: share(requests),
    bodies: share(bodies),
    connections: Math.max(2, Math.round(connections / attackers)),
    seed: seed + number,
  })
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
  const accounts = []
  for (let number = 0; number < attackers; number++)
    accounts.push(await keysOf(operator, `attacker${number}`, `www.attacker${number}.test`))
  const other = await neighbour(build, operator, server.endpoint, 'other')
  const idle = await other.work(12)
  const health = watchHealth(server.endpoint)
  const memory = watchMemory(server.processId())
  const staller = await keysOf(operator, 'staller', 'www.staller.test')
  const stalled = hold(server.endpoint, staller.token, slow)
  const attacking = Promise.all(accounts.map((account, number) => attackFrom(server.endpoint, account, number)))
  let isOver = false
  const over = () => {
    isOver = true
  }
  attacking.then(over, over)
  const meanwhile = []
  do meanwhile.push(...(await other.work(1)))
  while (!isOver)
  const found = await attacking
  problems.push(...found.flatMap((attacker) => attacker.problems))
  stalled.end()
  await delay(200)
  if (server.hasEnded) problems.push('the server ended')
  const wrong = await other.compare()
  if (wrong) problems.push(wrong)
  const silence = await health.end()
  const peaks = await memory.end()
  await server.stop()
  report({ answers: found.map((attacker) => attacker.answers), idle, meanwhile, silence, peaks })
}

const median = (list) => [...list].sort((a, b) => a - b)[list.length >> 1] ?? Number.NaN
const seconds = (ms) => `${(ms / 1000).toFixed(2)} s`

/** The answers of all attackers by status, in its order. */
function answersByStatus(lists) {
  const counts = new Map()
  for (const [status, count] of lists.flat()) counts.set(status, (counts.get(status) ?? 0) + count)
  return [...counts].sort(([a], [b]) => a - b)
}

function report({ answers, idle, meanwhile, silence, peaks }) {
  const statuses = answersByStatus(answers).map(([status, count]) => `${status || 'closed'}: ${count}`)
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
  const what = `${requests} requests and ${bodies} bodies from ${attackers} accounts, ${slow} stalled connections`
  console.log(`${what}: ${bad} problems`)
}

try {
  await attack()
} finally {
  stopAll()
  build.remove()
  rmSync(directory, { recursive: true, force: true })
}
process.exit(problems.length === 0 ? 0 : 1)

// Kills the real program, again and again, and looks whether anything is lost, counted twice, or stuck.
//   node test/kill/kill-rounds.mjs --rounds 50 [--seed 1] [--only KIND] [--dist DIR]
// Exit status 1 unless all three are 0. Seeds go up by one a round: a round that failed is repeated by its own.

import { appendFileSync, rmSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { createDice } from './dice.mjs'
import { kinds } from './kinds.mjs'
import { copyBuild, stopAll } from './program.mjs'
import { runRound } from './round.mjs'
import { probeStrace } from './strace.mjs'
import { createWorld, lastWords } from './world.mjs'

const options = parseOptions()
const build = copyBuild(options.dist)
const older = options.older === undefined ? null : copyBuild(options.older, 'older')
const olderRounds = 2
let world = null

process.once('SIGINT', () => leave(130))
process.once('SIGTERM', () => leave(143))

function leave(status) {
  // First the server itself: a tracer that is killed lets go of it.
  world?.server?.kill()
  stopAll()
  build.remove()
  older?.remove()
  if (world) rmSync(world.directory, { recursive: true, force: true, maxRetries: 10 })
  process.exit(status)
}

function parseOptions() {
  const { values } = parseArgs({
    options: {
      rounds: { type: 'string', default: '16' },
      seed: { type: 'string', default: String(Date.now() % 1_000_000) },
      only: { type: 'string' },
      // Another build than dist/: one that is broken on purpose, say.
      dist: { type: 'string' },
      // Makes the first two rounds of each directory: the others run on a ledger that was migrated.
      older: { type: 'string' },
    },
  })
  const chosen = kinds.filter((kind) => values.only === undefined || kind.name === values.only)
  if (chosen.length === 0) throw new Error(`--only: one of ${kinds.map((kind) => kind.name).join(', ')}`)
  return { rounds: Number(values.rounds), seed: Number(values.seed), chosen, dist: values.dist, older: values.older }
}

/** The kinds that this machine can run; the others are named with the reason. */
async function runnableKinds(tools) {
  const runnable = options.chosen.filter((kind) => !kind.trace || tools.canLaunch)
  for (const kind of options.chosen.filter((one) => !runnable.includes(one))) {
    console.log(`skipped: ${kind.name} (${tools.reason})`)
  }
  return runnable
}

async function main() {
  const tools = await probeStrace()
  const runnable = await runnableKinds(tools)
  const results = runnable.map((kind) => ({ kind, rounds: 0, losses: 0, doubles: 0, stuck: 0, interrupted: 0, ms: 0 }))
  let roundsLeft = 0
  for (let index = 0; index < options.rounds && results.length > 0; index++) {
    const seed = options.seed + index
    if (roundsLeft-- <= 0 || world === null) {
      await world?.close()
      world = await createWorld(older ?? build)
      world.rounds = 0
      roundsLeft = createDice(seed).integer(7, 11)
    }
    if (older !== null && world.rounds++ === olderRounds) {
      await world.server?.stop()
      world.build = build
    }
    const isGood = await runOne(results[index % results.length], seed, tools)
    // What a failure left is kept for a person to look at.
    if (!isGood) {
      await world.server?.stop()
      world = null
    }
  }
  await world?.close()
  return report(results)
}

async function runOne(result, seed, tools) {
  const startedAtMs = Date.now()
  const outcome = await runRound(world, result.kind, seed, tools)
  const ms = Date.now() - startedAtMs
  result.rounds++
  result.ms += ms
  if (outcome.interrupted || outcome.kill.hit === 'engine' || outcome.kill.hit === 'server') result.interrupted++
  for (const name of ['losses', 'doubles', 'stuck']) if (outcome[name].length > 0) result[name]++
  const problems = ['losses', 'doubles', 'stuck'].flatMap((name) => outcome[name].map((text) => `${name}: ${text}`))
  const { when, hit } = outcome.kill
  const detail = result.kind.trace
    ? ` at call ${when}${outcome.kill.launches ? ' from the start' : ''}, hit: ${hit}`
    : ''
  console.log(
    `${seed} ${result.kind.name.padEnd(14)} ${(ms / 1000).toFixed(1)} s${detail}${problems.length > 0 ? ' FAILED' : ''}`,
  )
  for (const [text, count] of world.notes)
    console.log(`    note: ${text.slice(0, 300)}${count > 1 ? ` (${count} times)` : ''}`)
  world.notes.clear()
  if (problems.length === 0) return true
  for (const text of problems) console.log(`    ${text}`)
  console.log(`    data and server.log: ${world.directory}`)
  console.log(`    again: node test/kill/kill-rounds.mjs --only ${result.kind.name} --seed ${seed} --rounds 1`)
  appendFileSync(`${world.directory}/problems.txt`, `${problems.join('\n')}\n\n${lastWords(world, 20)}\n`)
  return false
}

/** Prints the table. @returns whether nothing is lost, double or stuck */
function report(results) {
  const names = ['rounds', 'losses', 'doubles', 'stuck', 'interrupted']
  const sum = (name) => results.reduce((total, result) => total + result[name], 0)
  console.log(`\n${'kind'.padEnd(15)}${names.map((name) => name.padStart(12)).join('')}${'s a round'.padStart(12)}`)
  for (const result of results) {
    const seconds = (result.ms / 1000 / Math.max(1, result.rounds)).toFixed(1)
    console.log(
      `${result.kind.name.padEnd(15)}${names.map((name) => String(result[name]).padStart(12)).join('')}${seconds.padStart(12)}`,
    )
  }
  const [losses, doubles, stuck] = ['losses', 'doubles', 'stuck'].map(sum)
  console.log(`\nrounds ${sum('rounds')}, losses ${losses}, doubles ${doubles}, stuck ${stuck}`)
  return losses + doubles + stuck === 0
}

const isGood = await main().finally(() => {
  stopAll()
  build.remove()
  older?.remove()
})
process.exit(isGood ? 0 : 1)

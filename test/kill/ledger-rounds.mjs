// Loads, grows, delivers again, forgets, reloads and relocates logs at random, kills the server or its engine meanwhile, and holds
// every figure against a plain model: which lines of which log count.
//   node test/kill/ledger-rounds.mjs --rounds 100 [--seed 1] [--dist DIR] [--older DIR --older-rounds 5]
// --older: another build makes the first rounds, so that the others run on a ledger that was migrated.
// Exit status 1 when a round fails; its data stays. Seeds go up by one a round, but a round builds on those before it.

import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { createDice } from './dice.mjs'
import { cellsOf, makeFile } from './exports.mjs'
import { putGeoData } from './geo.mjs'
import { createModel } from './ledger-model.mjs'
import { copyBuild, stopAll } from './program.mjs'
import { compareCells, settle } from './verify.mjs'
import { createWorld, ensureServer, lastWords } from './world.mjs'

/** Purging rewrites parts: of dozens of relocated loads, on a busy disk, that takes its time. */
const patienceMs = 240_000
const actionKinds = ['load', 'load', 'grow', 'grow', 'again', 'forget', 'forget', 'reload', 'relocate']

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    dist: { type: 'string' },
    older: { type: 'string' },
    'older-rounds': { type: 'string', default: '5' },
  },
})
const build = copyBuild(values.dist)
const older = values.older === undefined ? null : copyBuild(values.older, 'older')
const olderRounds = older === null ? 0 : Number(values['older-rounds'])
const counts = { moved: 0, actions: 0, kills: 0, interrupted: 0, checks: 0 }

/** One round. @returns what is wrong, in words */
async function runRound(world, model, seed) {
  const dice = createDice(seed)
  const actions = Array.from({ length: dice.integer(1, 3) }, () => model.plan(dice, dice.pick(actionKinds)))
  await Promise.all(actions.map((action) => action.prepare?.()))
  await ensureServer(world)
  const work = Promise.all(actions.map((action) => action.run(world.api).catch(() => undefined)))
  if (dice.chance(0.6)) await kill(world, dice, work)
  await work
  await ensureServer(world)
  const deadlineMs = Date.now() + patienceMs
  for (const action of actions) {
    counts.actions++
    if (!action.isDone) counts.interrupted++
    await untilDone(world, action, deadlineMs)
    counts.moved += action.moved ?? 0
  }
  const waitsFor = await settle(world, deadlineMs)
  if (waitsFor) return [`still waiting for ${waitsFor}`]
  return await verify(world, model, dice, deadlineMs)
}

async function kill(world, dice, work) {
  counts.kills++
  const hitsEngine = dice.chance(0.3)
  await Promise.race([delay(dice.integer(0, 900)), work.then(() => delay(dice.integer(0, 400)))])
  const { server } = world
  if (!hitsEngine) {
    server.kill()
    return await server.ended
  }
  const restarts = server.counts.get('engine.restarted') ?? 0
  server.killEngine()
  await Promise.race([server.until('engine.restarted', restarts + 1), delay(20_000)])
}

/** What was not answered is asked again, until it is. */
async function untilDone(world, action, deadlineMs) {
  let reason = 'no answer'
  while (!action.isDone) {
    if (Date.now() > deadlineMs) throw new Error(`${action.name} does not end: ${reason}`)
    await action.run(world.api).catch(async (error) => {
      reason = String(error.cause ?? error)
      await delay(200)
    })
  }
}

async function verify(world, model, dice, deadlineMs) {
  const found = { losses: [], doubles: [] }
  const file = await makeFile(world, 'small', deadlineMs)
  compareCells(found, 'the export', cellsOf(file.bytes), model.cells())
  const { items: batches } = await world.api.batches()
  for (const text of model.compareBatches(batches)) found.losses.push(text)
  if (dice.chance(0.3)) found.losses.push(...(await findings(world)))
  return [...found.losses, ...found.doubles]
}

/** The deep look must find nothing. */
async function findings(world) {
  counts.checks++
  const { status, json } = await world.api.call('POST', '/api/v1/consistency-checks', { body: {} })
  if (status !== 200) return [`the deep look answered ${status}`]
  return json.findings.map((finding) => finding.text)
}

async function main() {
  const world = await createWorld(older ?? build)
  const model = createModel(world.directory, (dice) => putGeoData(world, dice))
  await ensureServer(world)
  await putGeoData(world, createDice(0))
  await world.server.stop()
  world.serveFlags = ['--geo', 'on']
  const startedAtMs = Date.now()
  const first = Number(values.seed)
  for (let index = 0; index < Number(values.rounds); index++) {
    if (index === olderRounds && older !== null) {
      await world.server?.stop()
      world.build = build
    }
    const problems = await runRound(world, model, first + index).catch((error) => [String(error?.stack ?? error)])
    if (problems.length === 0) continue
    console.log(`round ${index + 1} (seed ${first + index}) FAILED`)
    for (const text of problems) console.log(`    ${text}`)
    console.log(`    data and server.log: ${world.directory}\n${lastWords(world, 10)}`)
    await world.server?.stop()
    return false
  }
  const last = await findings(world)
  for (const text of last) console.log(`    ${text}`)
  await world.close()
  const { requests, logs } = model.size()
  console.log(
    `rounds ${values.rounds} from seed ${first}${olderRounds > 0 ? `, ${olderRounds} by the older build` : ''}: ${counts.actions} actions, ${counts.interrupted} interrupted, ` +
      `${counts.kills} kills, ${counts.checks} deep looks; ${requests} requests of ${logs} logs count; ` +
      `${counts.moved} requests relocated; totals always equal, ${last.length} findings at the end; ${Math.round((Date.now() - startedAtMs) / 1000)} s`,
  )
  return last.length === 0
}

const isGood = await main().finally(() => {
  stopAll()
  build.remove()
  older?.remove()
})
process.exit(isGood ? 0 : 1)

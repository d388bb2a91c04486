// One round: work, a kill, a restart, everything delivered again, and a look at what came of it.
import { setTimeout as delay } from 'node:timers/promises'
import { deliver, deliverAgain, deliverAsPlanned, grow, note } from './deliveries.mjs'
import { createDice } from './dice.mjs'
import { createTask, pickFile } from './exports.mjs'
import { arm, planKill } from './kinds.mjs'
import { planLog, totalOfLogs, widened, writeLog } from './logs.mjs'
import { launchServer } from './program.mjs'
import { settle, verify } from './verify.mjs'
import { ensureServer, Stuck } from './world.mjs'

const patienceMs = 60_000

/**
 * @param world from createWorld; what it holds is added to
 * @param {import('./kinds.mjs').Kind} kind
 * @returns losses, doubles and what is stuck, in words, and whether the kill interrupted anything
 */
export async function runRound(world, kind, seed, tools) {
  const dice = createDice(seed)
  const round = { dice, seed, tasksFrom: Date.now(), interrupted: false, before: totalOfLogs(world.countingLogs()) }
  const kill = planKill(kind, dice, { ...tools, isFresh: world.server === null })
  try {
    const plan = planRound(world, kind, dice, seed)
    await prepare(world, kind, kill, plan, round)
    await workUntilKilled(world, kind, kill, plan, round)
    const deadlineMs = Date.now() + patienceMs
    await recover(world, kill)
    await deliverRest(world, plan, dice, deadlineMs)
    const waitsFor = await settle(world, deadlineMs)
    const found = await verify(world, round, Date.now() + patienceMs)
    if (waitsFor) found.stuck.push(`still waiting for ${waitsFor}`)
    await checkEngines(world, found)
    for (const log of world.logs) if (log.loadedAgain) found.doubles.push(log.loadedAgain)
    return { ...found, interrupted: round.interrupted, kill }
  } catch (error) {
    const text = error instanceof Stuck ? error.message : String(error?.stack ?? error)
    return { losses: [], doubles: [], stuck: [text], interrupted: round.interrupted, kill }
  }
}

/** What is done in a round; logs are written, nothing is delivered. */
function planRound(world, kind, dice, seed) {
  const isBare = world.countingLogs().length < 2
  const named = (count) => Array.from({ length: count }, (_, index) => planLog(dice, `k${seed}-${index}`))
  const counts = {
    ingest: { logs: dice.integer(1, 3), exports: dice.pick([[], ['small'], ['small', 'small']]) },
    export: {
      logs: 0,
      exports: dice.pick([['big'], ['big', 'top'], ['big', 'clients'], ['big', 'big'], ['bill', 'big']]),
    },
    forget: { logs: dice.integer(0, 1), exports: dice.pick([[], ['small']]) },
    all: { logs: dice.integer(1, 2), exports: dice.pick([['bill'], ['small'], ['small', 'top'], ['clients']]) },
  }[kind.work]
  const needsLogs = isBare && (kind.work === 'export' || kind.work === 'forget')
  const forgets = kind.work === 'forget' ? dice.integer(1, 2) : kind.work === 'all' && dice.chance(0.4) ? 1 : 0
  return {
    // Of many domains: their usage by 5 minutes is a long file.
    setUp: named(needsLogs ? 2 : 0).map((log) => ({ ...widened(log), name: `${log.name}s` })),
    logs: named(counts.logs),
    exports: counts.exports.map((name) => ({
      name,
      file: pickFile(dice),
      startsAfterMs: dice.integer(0, kind.work === 'export' ? 50 : 700),
    })),
    forgets: Array.from({ length: forgets }, () => ({ share: dice.fraction(), startsAfterMs: dice.integer(0, 150) })),
  }
}

/** Before the kill is armed: the logs are written, and what a round builds on is loaded. */
async function prepare(world, kind, kill, plan, round) {
  plan.logs = await Promise.all(plan.logs.map((log) => writeLog(log, world.directory)))
  if (!(kind.target === 'call' && kill.launches)) await ensureServer(world)
  if (plan.setUp.length > 0) {
    for (const planned of plan.setUp) {
      const log = await writeLog(planned, world.directory)
      world.logs.push(log)
      await deliverAsPlanned(world, log)
      if (log.acknowledged === null) throw new Stuck(`a log cannot be loaded in peace: ${log.lastAnswer}`)
    }
    const waitsFor = await settle(world, Date.now() + patienceMs)
    if (waitsFor) throw new Stuck(`before the kill, waiting for ${waitsFor}`)
    round.before = totalOfLogs(world.countingLogs())
  }
  const candidates = world.countingLogs()
  plan.forgets = candidates.length === 0 ? [] : plan.forgets
  for (const forget of plan.forgets) forget.log = candidates[Math.floor(forget.share * candidates.length)]
  plan.forgets = plan.forgets.filter(({ log }, at, all) => all.findIndex((one) => one.log === log) === at)
  world.logs.push(...plan.logs)
  round.changes = changesOf(plan)
}

/** What a file may show or not; null when a log grew while it was read, at any of its lines. */
function changesOf(plan) {
  if (plan.logs.some((log) => log.grown?.live)) return null
  const changes = plan.logs.flatMap(({ early, totals }) =>
    early ? [early, { requests: totals.requests - early.requests, flux: totals.flux - early.flux }] : [totals],
  )
  for (const { log } of plan.forgets) {
    for (const part of log.early ? [log.early, difference(log.totals, log.early)] : [log.totals]) {
      changes.push({ requests: -part.requests, flux: -part.flux })
    }
    changes.push({ requests: -log.totals.requests, flux: -log.totals.flux }, log.totals)
  }
  return changes
}

const difference = (a, b) => ({ requests: a.requests - b.requests, flux: a.flux - b.flux })

async function workUntilKilled(world, kind, kill, plan, round) {
  const { strike } = await arm(world, kind, kill)
  const jobs = [
    ...plan.logs.map((log) => after(log.startsAfterMs, () => deliverAsPlanned(world, log))),
    ...plan.exports.map(({ name, file, startsAfterMs }) => after(startsAfterMs, () => createTask(world, name, file))),
    ...plan.forgets.map((forget) => after(forget.startsAfterMs, () => forgetLog(world, forget))),
  ]
  let unfinished = jobs.length
  const work = Promise.all(jobs.map((job) => job.then(() => unfinished--))).then(() => undefined)
  // A traced server ends when its work does; until its tasks have run, that is not yet.
  const workAndTasks = work.then(() => (kind.target === 'call' ? tasksEnd(world) : undefined))
  await strike(workAndTasks)
  if (unfinished > 0) round.interrupted = true
  await work
}

const after = (ms, job) => delay(ms).then(job)

/** Resolves when no task is on its way, or nobody answers. */
async function tasksEnd(world) {
  for (;;) {
    const tasks = await world.api?.tasks().catch(() => null)
    if (!tasks?.items.some((task) => task.state === 'waiting' || task.state === 'processing')) return
    await delay(50)
  }
}

/** Ends every batch of a log; what is not answered may have happened or not. */
async function forgetLog(world, forget) {
  forget.isAnswered = await forgetBatches(world, forget.log).catch(() => false)
}

async function forgetBatches(world, log) {
  log.acknowledged = null
  const { items } = await world.api.batches()
  for (const batch of items.filter((one) => one.source === log.source && one.state === 'loaded')) {
    const { status, json } = await world.api.forget(batch.batch_id)
    if (status !== 200) {
      world.remark(`a forget answered ${status}: ${json.error_code} ${json.error_msg}`)
      return false
    }
  }
  log.counts = false
  return true
}

/** Up again, at once, perhaps after a second kill. */
async function recover(world, kill) {
  if (world.server.hasEnded) world.ended.push(world.server)
  if (kill.againAfterMs !== null && world.server.hasEnded) {
    world.server = launchServer(world.build, world.directory)
    world.ended.push(world.server)
    await delay(kill.againAfterMs)
    world.server.kill()
    await world.server.ended
  }
  await ensureServer(world)
}

/** An engine must not outlive its server. */
async function checkEngines(world, found) {
  for (const server of world.ended.splice(0)) {
    if (await server.engineIsGone()) continue
    found.stuck.push(`the engine ${server.engine.processId} outlived its server`)
    server.killEngine()
  }
}

/** What was not promised comes again, and some of what was: that must be known already. */
async function deliverRest(world, plan, dice, deadlineMs) {
  for (const forget of plan.forgets) {
    if (!forget.isAnswered) await untilTrue(() => forgetBatches(world, forget.log), deadlineMs, 'a forget')
    // Some stay forgotten.
    if (dice.chance(0.7)) {
      forget.log.counts = true
      plan.logs.push(forget.log)
    }
  }
  const older = world.countingLogs().filter((log) => log.acknowledged !== null && !plan.logs.includes(log))
  const again = plan.logs.filter((log) => log.acknowledged !== null && dice.chance(0.5))
  if (older.length > 0 && dice.chance(0.4)) again.push(dice.pick(older))
  const variants = again.map(() => createDice(dice.integer(0, 2 ** 30)))
  await Promise.all([
    ...plan.logs.filter((log) => log.acknowledged === null).map((log) => deliverUntilPromised(world, log, deadlineMs)),
    ...again.map((log, index) => assertKnown(world, log, variants[index])),
  ])
}

async function deliverUntilPromised(world, log, deadlineMs) {
  await grow(log)
  await untilTrue(
    async () => {
      note(log, await deliver(world, log))
      if (log.acknowledged === null) world.remark(`a delivery ended with ${log.lastAnswer.replaceAll(/\d+/g, 'N')}`)
      return log.acknowledged !== null
    },
    deadlineMs,
    `the delivery of ${log.name}`,
  )
}

async function untilTrue(attempt, deadlineMs, what) {
  while (!(await attempt().catch(() => false))) {
    if (Date.now() > deadlineMs) throw new Stuck(`${what} does not succeed`)
    await delay(200)
  }
}

async function assertKnown(world, log, dice) {
  const answer = await deliverAgain(world, log, dice)
  if (log.way === 'push' && answer.batchId === log.acknowledged) return
  if (answer.kind === 'already') return
  if (answer.kind === 'none') return world.remark(`a delivery ended with ${answer.text.replaceAll(/\d+/g, 'N')}`)
  log.loadedAgain = `${log.name} was loaded already and is loaded again: ${answer.text.trim()}`
}

// The ways to be killed, and what is going on meanwhile.
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { startServer } from './program.mjs'
import { attach, injection } from './strace.mjs'
import { openClient } from './world.mjs'

/**
 * @typedef {object} Kind
 * @property {string} name
 * @property {'ingest' | 'export' | 'forget' | 'all'} work
 * @property {'server' | 'engine' | 'call'} target
 * @property {number} [delayMsMax] the kill comes at a random moment up to then
 * @property {{ calls: string, whenMax: number, path?: string }} [trace]
 */

/** @type {Kind[]} in the order of a rotation */
export const kinds = [
  { name: 'ingest-server', work: 'ingest', target: 'server', delayMsMax: 1_400 },
  { name: 'export-server', work: 'export', target: 'server', delayMsMax: 1_300 },
  { name: 'ingest-engine', work: 'ingest', target: 'engine', delayMsMax: 1_400 },
  { name: 'export-engine', work: 'export', target: 'engine', delayMsMax: 1_300 },
  // Late enough for some of the logs to be on their way into the rollups.
  { name: 'roll-up-server', work: 'ingest', target: 'server', delayMsMax: 4_000 },
  { name: 'forget-server', work: 'forget', target: 'server', delayMsMax: 500 },
  { name: 'rename', work: 'all', target: 'call', trace: { calls: 'rename,renameat,renameat2', whenMax: 4 } },
  { name: 'fsync', work: 'all', target: 'call', trace: { calls: 'fdatasync,fsync', whenMax: 16 } },
  {
    name: 'commit',
    work: 'all',
    target: 'call',
    trace: { calls: 'pwrite64', whenMax: 110, path: 'fluxport.sqlite-wal' },
  },
]

/** When and how a round kills: drawn before it begins. */
export function planKill(kind, dice, { canAttach, isFresh }) {
  const { trace } = kind
  return {
    // Counted from the first request, or from when the work is seen to have begun: then hardly any kill comes too soon.
    afterMs: dice.integer(0, kind.delayMsMax ?? 0),
    waitsForBegin: dice.chance(0.6),
    // Early calls are where most goes on; late ones are reached when there is much to do.
    when: trace ? 1 + Math.floor(trace.whenMax * dice.fraction() ** 1.5) : 0,
    launches: isFresh || dice.chance(0.3) || !canAttach,
    // The server is killed while it recovers as well.
    againAfterMs: dice.chance(0.2) ? dice.integer(0, 2_200) : null,
  }
}

/**
 * Makes the kill ready.
 * @returns {Promise<{ strike(work: Promise<void>): Promise<void> }>} `strike` resolves when the kill has been, or when
 *   `work` ended without one
 */
export async function arm(world, kind, kill) {
  if (kind.target === 'call') return await armTrace(world, kind, kill)
  const begun = kill.waitsForBegin ? await beginOf(world, kind) : null
  return {
    strike: async (work) => {
      await begun?.()
      await delay(begun ? kill.afterMs / 3 : kill.afterMs)
      const { server } = world
      if (kind.target === 'server') {
        server.kill()
        return await server.ended
      }
      const restarts = server.counts.get('engine.restarted') ?? 0
      server.killEngine()
      await Promise.race([work, server.until('engine.restarted', restarts + 1)])
    },
  }
}

const beginPatienceMs = 4_000

/** @returns a wait until there is one more thing in the state that the kind's work leads to */
async function beginOf(world, kind) {
  const { state, list } = {
    ingest: { state: 'loading', list: 'batches' },
    export: { state: 'processing', list: 'tasks' },
    forget: { state: 'forgotten', list: 'batches' },
  }[kind.work]
  const count = async () => (await world.api[list]()).items.filter((item) => item.state === state).length
  const before = await count()
  return async () => {
    const deadlineMs = Date.now() + beginPatienceMs
    while (Date.now() < deadlineMs && (await count().catch(() => Number.POSITIVE_INFINITY)) <= before) await delay(8)
  }
}

async function armTrace(world, kind, kill) {
  const { calls, path } = kind.trace
  const options = injection({ calls, when: kill.when, path: path && join(world.dataDir, path) })
  if (!kill.launches) return await armAttached(world, kill, options)
  await world.server?.stop()
  world.server = await startServer(world.build, world.directory, { tracer: ['strace', ...options] })
  // Perhaps it was killed before it listened; then there is nothing to talk to.
  if (world.server.endpoint) await openClient(world)
  const { server } = world
  return {
    strike: async (work) => {
      kill.hit = await whicheverFirst(server, work)
      // Its engine would be killed again and again: it goes too.
      server.kill()
      await server.ended
    },
  }
}

async function armAttached(world, kill, options) {
  const { server } = world
  const tracer = await attach([server.processId(), server.engine.processId], options)
  if (tracer === null) throw new Error('strace could not attach')
  return {
    strike: async (work) => {
      kill.hit = await whicheverFirst(server, work)
      await tracer.stop()
      if (kill.hit === 'none') server.kill()
      if (kill.hit !== 'engine') await server.ended
    },
  }
}

/** What the tracer hit; `none` when the work ended before. */
async function whicheverFirst(server, work) {
  const ends = server.counts.get('engine.ended') ?? 0
  const engineEnds = server.until('engine.ended', ends + 1).then(() => 'engine')
  const first = await Promise.race([server.ended.then(() => 'server'), engineEnds, work.then(() => 'none')])
  return server.hasEnded ? 'server' : first
}

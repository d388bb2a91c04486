// A data directory that lives through many kills, its server, and what should be in it.
import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { openApi } from './api.mjs'
import { startServer } from './program.mjs'

const startAttempts = 5

/** Something that should have ended did not. */
export class Stuck extends Error {}

/** An empty data directory; no server yet. */
export async function createWorld(build) {
  const directory = await mkdtemp(join(tmpdir(), 'fluxport-kill-'))
  const world = {
    build,
    directory,
    dataDir: join(directory, 'data'),
    server: null,
    /** More flags of the server's command line. */
    serveFlags: [],
    api: null,
    /** Logs delivered so far, those forgotten included. */
    logs: [],
    /** Tasks that were promised, by id: what was asked. */
    tasks: new Map(),
    /** Servers that were killed in this round; their engines must end. */
    ended: [],
    /** Files of dead attempts, as of the last look. */
    spareFiles: 0,
    /** Things worth a look that are no failure. */
    notes: new Map(),
    remark: (text) => world.notes.set(text, (world.notes.get(text) ?? 0) + 1),
    countingLogs: () => world.logs.filter((log) => log.counts),
    close: async () => {
      await world.server?.stop()
      await rm(directory, { recursive: true, force: true })
    },
  }
  return world
}

/**
 * Brings the server up when it is down, as a supervisor would: again when a start fails.
 * @throws Stuck when it does not come
 */
export async function ensureServer(world) {
  for (let attempt = 1; !world.server?.endpoint || world.server.hasEnded; attempt++) {
    world.server = await startServer(world.build, world.directory, { flags: world.serveFlags })
    if (world.server.endpoint) break
    await world.server.stop()
    world.remark(`a start failed: ${lastWords(world)}`)
    if (attempt === startAttempts) throw new Stuck(`the server does not start: ${lastWords(world)}`)
    await delay(300)
  }
  await openClient(world)
}

/** Signed access to the server that runs. @throws Stuck when its first start left no key */
export async function openClient(world) {
  if (!existsSync(join(world.dataDir, 'credentials.json'))) {
    throw new Stuck('the server runs, but there is no credentials.json: nobody can use it')
  }
  world.api = await openApi(world.build, world.dataDir, world.server.endpoint)
}

/** The end of the server's log. */
export function lastWords(world, lines = 1) {
  try {
    return readFileSync(join(world.directory, 'server.log'), 'utf8').trim().split('\n').slice(-lines).join('\n')
  } catch {
    return '(no log)'
  }
}

// The program under test: a copy of its build, its processes, and their end.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))
const startTimeoutMs = 30_000

// Machines that build and try things often have no other user; what is started here is gone again soon.
process.env.FLUXPORT_ALLOW_ROOT ??= 'yes'

/** Every process of ours that may run, by its id. */
const running = new Map()

/** Remembers a child until it has ended. */
function track(child) {
  running.set(child.pid, child)
  child.once('exit', () => running.delete(child.pid))
  child.on('error', () => running.delete(child.pid))
  return child
}

/** Ends what still runs: at the end, and when a person gives up. */
export function stopAll() {
  for (const child of running.values()) child.kill('SIGKILL')
}

/** Copies a build to where its dependencies are found: a rebuild does not disturb a running round. */
export function copyBuild(dist = join(root, 'dist'), name = 'newest') {
  const project = dirname(dist)
  const directory = join(project, 'node_modules', '.cache', `fluxport-kill-${process.pid}-${name}`)
  mkdirSync(directory, { recursive: true })
  cpSync(dist, join(directory, 'dist'), { recursive: true })
  cpSync(join(project, 'data'), join(directory, 'data'), { recursive: true })
  cpSync(join(project, 'package.json'), join(directory, 'package.json'))
  return {
    main: join(directory, 'dist', 'main.js'),
    /** A module of the build; `before` is where an older build has it. */
    load: (path, before = path) => {
      const own = join(directory, 'dist', path)
      return import(pathToFileURL(existsSync(own) ? own : join(directory, 'dist', before)).href)
    },
    remove: () => rmSync(directory, { recursive: true, force: true }),
  }
}

/** Runs another program. @returns its exit status and what it wrote */
export async function run(command, args, options = {}) {
  const child = track(spawn(command, args, { stdio: [options.input ?? 'ignore', 'pipe', 'pipe'] }))
  let text = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece) => (text += piece))
  const hard = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? 60_000)
  const [code] = await Promise.race([once(child, 'close'), once(child, 'error').then(() => [127])])
  clearTimeout(hard)
  return { code, text }
}

/** Starts a process that is not waited for. */
export const start = (command, args, stdio) => track(spawn(command, args, { stdio }))

/**
 * Starts `fluxport serve`, perhaps under a tracer; it has not come to listening yet.
 * @param how `tracer`: what stands before the program on the command line; `flags`: what stands after it
 */
export function launchServer(build, directory, { tracer = [], flags = [] } = {}) {
  // Looks every few milliseconds are more requests than people make.
  const serve = [
    'serve',
    '--data-dir',
    join(directory, 'data'),
    '--port',
    '0',
    '--requests-per-second',
    '1000000',
    '--geo',
    'off',
    ...flags,
  ]
  const [command, ...args] = [...tracer, process.execPath, build.main, ...serve]
  const child = start(command, args, ['ignore', 'pipe', 'pipe'])
  return createServer(child, tracer.length > 0, join(directory, 'server.log'))
}

/** The same, once it listens, or has ended before: its `endpoint` is null then. */
export async function startServer(build, directory, how = {}) {
  const server = launchServer(build, directory, how)
  await Promise.race([server.listening, server.ended, delay(startTimeoutMs)])
  return server
}

function createServer(child, isTraced, logPath) {
  const server = {
    endpoint: null,
    listening: new Promise((resolve) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const found = / listens at (\S+)$/.exec(line)
        if (!found) return
        server.endpoint = found[1]
        resolve()
      })
    }),
    hasEnded: false,
    engine: { processId: 0, port: 0 },
    /** Log events so far, by name. */
    counts: new Map(),
    ended: once(child, 'exit').then(() => {
      server.hasEnded = true
    }),
    /** The server's own process, under a tracer or not. */
    processId: () => (isTraced ? firstChildOf(child.pid) : child.pid),
    kill: () => killProcess(server.processId()),
    killEngine: () => killProcess(server.engine.processId),
    /** Resolves when an event is logged that many times in all. */
    until: async (event, count) => {
      while ((server.counts.get(event) ?? 0) < count && !server.hasEnded) await delay(5)
    },
    /** Ends it, and waits until its engine is gone as well. */
    stop: async () => {
      server.kill()
      await Promise.race([server.ended, delay(3_000)])
      child.kill('SIGKILL')
      await server.ended
      if (!(await server.engineIsGone())) server.killEngine()
    },
    /** Whether the engine ends soon, as it must without its server. */
    engineIsGone: async () => {
      for (let waited = 0; isAlive(server.engine.processId) && waited < 5_000; waited += 10) await delay(10)
      return !isAlive(server.engine.processId)
    },
  }
  createInterface({ input: child.stderr }).on('line', (line) => readEvent(server, line, logPath))
  return server
}

function readEvent(server, line, logPath) {
  appendFileSync(logPath, `${line}\n`)
  if (!line.startsWith('{')) return
  const event = JSON.parse(line)
  if (event.msg === 'engine.started' || event.msg === 'engine.restarted') {
    server.engine = { processId: event.processId, port: event.port }
  }
  server.counts.set(event.msg, (server.counts.get(event.msg) ?? 0) + 1)
}

function firstChildOf(processId) {
  try {
    return Number(readFileSync(`/proc/${processId}/task/${processId}/children`, 'utf8').trim().split(' ')[0])
  } catch {
    return 0
  }
}

/** By its id alone, and only while it is a program of ours. */
function killProcess(processId) {
  if (!isAlive(processId)) return
  try {
    process.kill(processId, 'SIGKILL')
  } catch {
    // it ended by itself in this moment
  }
}

function isAlive(processId) {
  if (!processId) return false
  try {
    return readFileSync(`/proc/${processId}/cmdline`, 'utf8').includes('fluxport-kill-')
  } catch {
    return false
  }
}

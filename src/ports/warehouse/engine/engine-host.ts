import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, realpath, rename, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { codeOf } from '../../../errors.ts'
import type { Logger } from '../../../logger.ts'
import { type EngineAccess, openEngineAccess } from './engine-access.ts'
import { type EngineSettings, engineArguments, engineConfiguration, enginePaths } from './engine-config.ts'
import { engineEnvironment } from './engine-environment.ts'
import type { Confinement } from './landlock.ts'

/**
 * A running engine host: an ordinary ClickHouse server at `url`, for callers with the credentials of `EngineAccess`.
 */
export type EngineHost = EngineAccess & {
  url: string
  /** Directories whose files the engine can open, links resolved; null: all that its user can open. */
  readableDirectories: readonly string[] | null
  /** The engine's present process, for tests that kill it; it changes with every restart. */
  processId(): number
  /** Number of times that supervision has started the engine again. */
  restarts(): number
  /** Kills the engine at once, as a power cut would; supervision starts it again. */
  restart(): void
  /** Ends the engine and its supervision. */
  stop(): Promise<void>
}

const startTimeoutMs = 60_000
/** A first start keeps trying this long: a killed parent's engine holds its lock until it notices the parent's end. */
const takeoverTimeoutMs = 10_000
/** A process that has ended is noticed at once; one that lives and does not listen, at the next of these looks. */
const listenCheckMs = 10_000
/** Restarts wait this long, doubling up to the maximum while the engine keeps dying. */
const restartDelayMs = { min: 100, max: 10_000 }

/**
 * Starts the embedded ClickHouse on `directory` and keeps it running on one port until `stop`.
 * @throws Error when the engine cannot be started at all (its last messages are in `engine.log`)
 */
export async function startEngineHost(options: {
  directory: string
  memoryBytesMax: number
  /** Free bytes of the disk that the engine does not use. */
  keepFreeBytes?: number
  /** Directories of logs that the engine opens by path; beyond its own files it can reach nothing else. */
  readableDirectories?: readonly string[]
  log: Logger
}): Promise<EngineHost> {
  const { directory, log, memoryBytesMax, keepFreeBytes = 0 } = options
  const paths = enginePaths(directory)
  for (const path of [paths.temporary, paths.store]) await mkdir(path, { recursive: true, mode: 0o700 })
  const access = await openEngineAccess(directory)
  await writeConfiguration({ directory, access, memoryBytesMax, keepFreeBytes })
  const readable = await realPaths(options.readableDirectories ?? [])
  const start: EngineStart = { directory: await realpath(directory), access, readable }
  const first = await startFirst(start)
  const { port, url } = first
  const isConfined = await isOutOfReach(url, access, await realpath(childEntry()))
  if (!isConfined) log.warn({}, 'engine.not_confined')

  let stopping = false
  let { child } = first
  let restarts = 0
  log.info({ port, processId: child.pid }, 'engine.started')

  const supervise = async () => {
    for (let waitMs = restartDelayMs.min; !stopping; waitMs = Math.min(waitMs * 2, restartDelayMs.max)) {
      await untilEnded(child, port)
      if (stopping) return
      log.warn({ exitCode: child.exitCode, signal: child.signalCode }, 'engine.ended')
      await delay(waitMs)
      if (stopping) return
      child = await launch(start, port)
      const ready = await untilReady(url, access, child).then(
        () => true,
        () => false,
      )
      if (ready) {
        restarts++
        log.info({ port, processId: child.pid }, 'engine.restarted')
        waitMs = restartDelayMs.min / 2
      }
    }
  }
  const supervision = supervise()

  return {
    ...access,
    url,
    readableDirectories: isConfined ? readable : null,
    processId: () => child.pid ?? 0,
    restarts: () => restarts,
    restart: () => void child.kill('SIGKILL'),
    stop: async () => {
      stopping = true
      await end(child)
      await supervision
      await end(child) // a child that was being started
    },
  }
}

type EngineStart = { directory: string; access: EngineAccess; readable: readonly string[] }

async function startFirst(start: EngineStart) {
  const deadlineMs = Date.now() + takeoverTimeoutMs
  for (;;) {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const child = await launch(start, port)
    try {
      await untilReady(url, start.access, child)
      return { child, port, url }
    } catch (error) {
      if (Date.now() > deadlineMs) throw error
      await delay(restartDelayMs.min)
    }
  }
}

/** Resolves when the engine's process is gone. A process that no longer listens is useless and is killed. */
async function untilEnded(child: ChildProcess, port: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  const check = setInterval(() => {
    const socket = connect(port, '127.0.0.1', () => socket.destroy())
    socket.on('error', (error) => {
      if (codeOf(error) === 'ECONNREFUSED') child.kill('SIGKILL')
    })
  }, listenCheckMs)
  await exited
  clearInterval(check)
}

async function launch({ directory, readable }: EngineStart, port: number): Promise<ChildProcess> {
  const paths = enginePaths(directory)
  const confinement: Confinement = {
    writable: [paths.store, paths.temporary],
    readable: [paths.config, paths.users, ...readable],
    tcpPort: port,
  }
  const engineLog = await open(paths.log, 'a', 0o600)
  try {
    const child = spawn(
      process.execPath,
      [childEntry(), JSON.stringify(confinement), ...engineArguments(directory, port)],
      {
        stdio: ['pipe', engineLog.fd, engineLog.fd],
        cwd: directory,
        env: engineEnvironment(process.env),
      },
    )
    child.stdin?.on('error', () => undefined) // the engine ended first; supervision sees its exit
    return child
  } finally {
    await engineLog.close()
  }
}

/** Node 20 cannot run TypeScript, so tests, which run from the sources, take the child from the build. */
const childEntry = () =>
  fileURLToPath(
    new URL(isBuilt ? './engine-child.js' : '../../../../dist/ports/warehouse/engine/engine-child.js', import.meta.url),
  )
const isBuilt = import.meta.url.endsWith('.js')

async function untilReady(url: string, access: EngineAccess, child: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + startTimeoutMs
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadlineMs) {
    if (await answers(url, access)) return
    await delay(20)
  }
  child.kill('SIGKILL')
  throw new Error('The engine did not start. Its last words are in engine.log in the data directory.')
}

const answers = async (url: string, access: EngineAccess): Promise<boolean> =>
  (await ask(url, access, 'SELECT 1'))?.ok ?? false // null: not listening yet

/**
 * True if the engine cannot open a file that its user can; tried on a file of the program. An engine that does not
 * answer in time counts as confined: it is then sent bytes, which it accepts in any case.
 */
async function isOutOfReach(url: string, access: EngineAccess, path: string): Promise<boolean> {
  for (let attempt = 0; attempt < looksMax; attempt++) {
    const answer = await ask(url, access, `SELECT file('${quoted(path)}') FORMAT Null`)
    if (answer) return answer.headers.get('x-clickhouse-exception-code') === cannotOpenFileCode
  }
  return true
}

const looksMax = 5
const cannotOpenFileCode = '76'
const quoted = (text: string) => text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")

async function ask(url: string, { user, password, headers }: EngineAccess, body: string): Promise<Response | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
      body,
      signal: AbortSignal.timeout(2_000),
    })
    await response.arrayBuffer()
    return response
  } catch {
    return null
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  child.kill('SIGTERM')
  const hard = setTimeout(() => child.kill('SIGKILL'), 2_000)
  await exited
  clearTimeout(hard)
}

async function writeConfiguration(settings: EngineSettings): Promise<void> {
  const paths = enginePaths(settings.directory)
  const { config, users } = engineConfiguration(settings)
  await writePrivate(paths.config, config)
  await writePrivate(paths.users, users)
}

/** Writes a new file and renames it, because an existing file would keep its mode. */
async function writePrivate(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o600 })
  await rename(`${path}.new`, path)
}

/** The directories with links resolved, as the kernel does; missing ones are left out. */
async function realPaths(directories: readonly string[]): Promise<string[]> {
  const paths = await Promise.all(directories.map((path) => realpath(path).catch(() => null)))
  return paths.filter((path) => path !== null)
}

async function freePort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  if (address === null || typeof address === 'string') throw new Error('no free port on loopback')
  return address.port
}

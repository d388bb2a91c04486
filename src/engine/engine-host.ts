import { type ChildProcess, spawn } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdir, open, readFile, rename, writeFile } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Logger } from '../logger.ts'
import { configXml, type EngineSettings, engineArguments, enginePaths, usersXml } from './engine-config.ts'

/** A running engine host. `url`, `user` and `password` are those of an ordinary ClickHouse server. */
export type EngineHost = {
  url: string
  user: string
  password: string
  /** The engine's process now, for tests that kill it; changes with every restart. */
  processId(): number
  /** Ends the engine at once, as a power cut would; it is started again. */
  restart(): void
  /** Ends the engine and its supervision. */
  stop(): Promise<void>
}

const user = 'fluxport'
const startTimeoutMs = 60_000
/** How long a first start keeps trying: the engine of a parent that was killed holds its lock until it has seen that. */
const takeoverTimeoutMs = 10_000
const listenCheckMs = 1_000
/** Restarts wait this long, doubling up to the maximum while the engine keeps dying. */
const restartDelayMs = { min: 100, max: 10_000 }

/**
 * Starts the embedded ClickHouse on `directory` and keeps it running on one port until `stop`.
 * @throws Error when the engine cannot be started at all (its last words are in `engine.log`)
 */
export async function startEngineHost(options: {
  directory: string
  memoryBytesMax: number
  /** Free bytes of the disk that the engine does not touch. */
  keepFreeBytes?: number
  log: Logger
}): Promise<EngineHost> {
  const { directory, log, memoryBytesMax, keepFreeBytes = 0 } = options
  await mkdir(enginePaths(directory).temporary, { recursive: true })
  const password = await loadPassword(enginePaths(directory).password)
  await writeConfiguration({ directory, user, password, memoryBytesMax, keepFreeBytes })
  const first = await startFirst(directory, password)
  const { port, url } = first

  let stopping = false
  let { child } = first
  log.info({ port, processId: child.pid }, 'engine.started')

  const supervise = async () => {
    for (let waitMs = restartDelayMs.min; !stopping; waitMs = Math.min(waitMs * 2, restartDelayMs.max)) {
      await untilEnded(child, port)
      if (stopping) return
      log.warn({ exitCode: child.exitCode, signal: child.signalCode }, 'engine.ended')
      await delay(waitMs)
      if (stopping) return
      child = await launch(directory, port)
      const ready = await untilReady(url, password, child).then(
        () => true,
        () => false,
      )
      if (ready) {
        log.info({ port, processId: child.pid }, 'engine.restarted')
        waitMs = restartDelayMs.min / 2
      }
    }
  }
  const supervision = supervise()

  return {
    url,
    user,
    password,
    processId: () => child.pid ?? 0,
    restart: () => void child.kill('SIGKILL'),
    stop: async () => {
      stopping = true
      await end(child)
      await supervision
      await end(child) // one that was on its way
    },
  }
}

async function startFirst(directory: string, password: string) {
  const deadlineMs = Date.now() + takeoverTimeoutMs
  for (;;) {
    const port = await freePort()
    const url = `http://127.0.0.1:${port}`
    const child = await launch(directory, port)
    try {
      await untilReady(url, password, child)
      return { child, port, url }
    } catch (error) {
      if (Date.now() > deadlineMs) throw error
      await delay(restartDelayMs.min)
    }
  }
}

/**
 * Resolves when the engine's process is gone. One that does not listen any more is of no use and is ended: whoever may
 * open the listener, which anybody on loopback may, may close it too.
 */
async function untilEnded(child: ChildProcess, port: number): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = once(child, 'exit')
  const check = setInterval(() => {
    const socket = connect(port, '127.0.0.1', () => socket.destroy())
    socket.on('error', (error) => {
      if ('code' in error && error.code === 'ECONNREFUSED') child.kill('SIGKILL')
    })
  }, listenCheckMs)
  await exited
  clearInterval(check)
}

async function launch(directory: string, port: number): Promise<ChildProcess> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  const entry = extension === 'js' ? fileURLToPath(new URL('./engine-child.js', import.meta.url)) : compiledEntry()
  const engineLog = await open(enginePaths(directory).log, 'a', 0o600)
  try {
    const child = spawn(process.execPath, [entry, ...engineArguments(directory, port)], {
      stdio: ['pipe', engineLog.fd, engineLog.fd],
      cwd: directory,
    })
    child.stdin?.on('error', () => undefined) // the engine died first; supervision sees its exit
    return child
  } finally {
    await engineLog.close()
  }
}

/** Tests run from the sources, and Node 20 cannot run TypeScript: the child is then taken from the build. */
const compiledEntry = () => fileURLToPath(new URL('../../dist/engine/engine-child.js', import.meta.url))

async function untilReady(url: string, password: string, child: ChildProcess): Promise<void> {
  const deadlineMs = Date.now() + startTimeoutMs
  while (child.exitCode === null && child.signalCode === null && Date.now() < deadlineMs) {
    if (await answers(url, password)) return
    await delay(20)
  }
  child.kill('SIGKILL')
  throw new Error('The engine did not start. Its last words are in engine.log in the data directory.')
}

async function answers(url: string, password: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/?query=SELECT%201`, {
      headers: { 'X-ClickHouse-User': user, 'X-ClickHouse-Key': password },
      signal: AbortSignal.timeout(2_000),
    })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false // not listening yet
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

async function loadPassword(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch {
    const password = randomBytes(24).toString('hex')
    await writeFile(`${path}.new`, password, { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
    return password
  }
}

async function writeConfiguration(settings: EngineSettings): Promise<void> {
  const paths = enginePaths(settings.directory)
  const passwordSha256 = createHash('sha256').update(settings.password).digest('hex')
  await writeFile(paths.config, configXml(settings), { mode: 0o600 })
  await writeFile(paths.users, usersXml(settings, passwordSha256), { mode: 0o600 })
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

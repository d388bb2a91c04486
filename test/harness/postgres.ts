import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { accessSync, constants, existsSync, readdirSync, realpathSync } from 'node:fs'
import { chown, readFile, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { temporaryDirectory } from './directory.ts'
import { freePort } from './free-port.ts'

/** A PostgreSQL server for one test file. */
export type TestPostgres = {
  /** An empty database of the caller's own. */
  createDatabase(): Promise<OwnDatabase>
  /** A copy of a database that `prepare` has filled once for this server; always the same `prepare`. */
  copyDatabase(prepare: (url: string) => Promise<void>): Promise<OwnDatabase>
  stop(): Promise<void>
}

type OwnDatabase = { url: string; drop(): Promise<void> }

/** Where tests get PostgreSQL from: a server that is there, programs to start one with, or nothing, and why. */
export type PostgresSource = { url: string } | { programs: string } | { reason: string }

const startTimeoutMs = 30_000

/** The first of: FLUXPORT_TEST_POSTGRES_URL (a user who may create databases), `PATH`, Debian's directories. */
export function findPostgres(): PostgresSource {
  const url = process.env['FLUXPORT_TEST_POSTGRES_URL']
  if (url) return { url }
  if (process.platform === 'win32') return { reason: 'set FLUXPORT_TEST_POSTGRES_URL: none is started on Windows' }
  const programs = [...(process.env['PATH'] ?? '').split(delimiter), ...debianDirectories()].find(hasServer)
  if (programs === undefined) return { reason: 'no initdb found, and FLUXPORT_TEST_POSTGRES_URL is not set' }
  // A link in PATH may be the one program of the installation that stands there.
  return { programs: dirname(realpathSync(join(programs, 'initdb'))) }
}

/** Newest release first. */
function debianDirectories(): string[] {
  const root = '/usr/lib/postgresql'
  if (!existsSync(root)) return []
  const releases = readdirSync(root).sort((a, b) => Number(b) - Number(a))
  return releases.map((release) => join(root, release, 'bin'))
}

function hasServer(directory: string): boolean {
  try {
    for (const program of ['initdb', 'postgres']) accessSync(join(directory, program), constants.X_OK)
    return true
  } catch {
    return false
  }
}

export async function startTestPostgres(source: { url: string } | { programs: string }): Promise<TestPostgres> {
  if ('url' in source) return databasesOf(source.url, async () => undefined)
  const directory = await temporaryDirectory()
  const owner = serverUser()
  if (owner) await chown(directory.path, owner.uid, owner.gid)
  const password = randomBytes(16).toString('hex')
  await initialise(source.programs, directory.path, password, owner)
  const port = await freePort()
  const server = launch(source.programs, directory.path, port, owner)
  const stop = async () => {
    await end(server)
    await directory.remove()
  }
  const url = `postgres://fluxport:${password}@127.0.0.1:${port}/postgres`
  try {
    await untilReady(url)
  } catch (cause) {
    const log = await readFile(join(directory.path, 'server.log'), 'utf8').catch(() => '')
    await stop()
    throw new Error(`PostgreSQL did not start: ${log}`, { cause })
  }
  return databasesOf(url, stop)
}

/** PostgreSQL refuses to run as root: then it runs as its own user, or as nobody. */
function serverUser(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout))
    if (uid && gid) return { uid, gid }
  }
  throw new Error('PostgreSQL cannot run as root, and there is no user postgres or nobody')
}

/** Sorts by the rules of a language, as most installations do: order that tests rely on must not come from it. */
const icuOrder = ['--locale-provider=icu', '--icu-locale=en-US']

async function initialise(
  programs: string,
  directory: string,
  password: string,
  owner: { uid: number; gid: number } | null,
): Promise<void> {
  const passwordFile = join(directory, 'password')
  await writeFile(passwordFile, password, { mode: 0o600 })
  if (owner) await chown(passwordFile, owner.uid, owner.gid)
  const made = [icuOrder, []].map(
    (order) => () =>
      spawnSync(
        join(programs, 'initdb'),
        [
          ...['-D', join(directory, 'data'), '-U', 'fluxport', `--pwfile=${passwordFile}`, '-A', 'scram-sha-256'],
          ...['--no-sync', '--encoding=UTF8', '--locale=C', ...order],
        ],
        { cwd: directory, encoding: 'utf8', ...owner },
      ),
  )
  let said = ''
  for (const attempt of made) {
    const { status, stderr } = attempt()
    if (status === 0) return
    said += stderr
  }
  throw new Error(`initdb failed: ${said}`)
}

/**
 * A shell between us and the server ends it when its standard input closes: by `end`, or because this process is gone,
 * however it went.
 */
function launch(
  programs: string,
  directory: string,
  port: number,
  owner: { uid: number; gid: number } | null,
): ChildProcess {
  const script = '"$@" > server.log 2>&1 & server=$!; cat > /dev/null; kill -QUIT $server; wait $server'
  const settings = { fsync: 'off', listen_addresses: '127.0.0.1', port, unix_socket_directories: directory }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const command = [join(programs, 'postgres'), '-D', join(directory, 'data'), ...options]
  return spawn('/bin/sh', ['-c', script, 'sh', ...command], {
    cwd: directory,
    stdio: ['pipe', 'ignore', 'ignore'],
    ...owner,
  })
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return
  const exited = once(server, 'exit')
  server.stdin?.end()
  await exited
}

async function untilReady(url: string): Promise<void> {
  const deadlineMs = Date.now() + startTimeoutMs
  for (;;) {
    try {
      return await run(url, 'select 1')
    } catch (error) {
      if (Date.now() > deadlineMs) throw error
      await delay(50)
    }
  }
}

function databasesOf(url: string, stopServer: () => Promise<void>): TestPostgres {
  const create = async (template = ''): Promise<OwnDatabase & { name: string }> => {
    const name = `fluxport_test_${randomBytes(8).toString('hex')}`
    await run(url, `create database ${name} ${template}`)
    const own = new URL(url)
    own.pathname = `/${name}`
    return { name, url: own.href, drop: () => run(url, `drop database ${name} with (force)`) }
  }
  let filled: ReturnType<typeof create> | undefined
  const fill = async (prepare: (url: string) => Promise<void>) => {
    const database = await create()
    await prepare(database.url)
    return database
  }
  return {
    createDatabase: () => create(),
    copyDatabase: async (prepare) => {
      filled ??= fill(prepare)
      return await create(`template ${(await filled).name}`)
    },
    stop: async () => {
      await (await filled)?.drop()
      await stopServer()
    },
  }
}

async function run(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined) // a server that starts may close the connection; the statement tells
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

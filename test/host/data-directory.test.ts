import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, lstat, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, it, onTestFinished, type TestContext } from 'vitest'
import { modesProblem } from '../../src/parts/data-modes.ts'
import { readEngineAccess } from '../../src/ports/warehouse/engine/engine-access.ts'
import { temporaryDirectory } from '../harness/directory.ts'
import { huaweiLine } from '../harness/log-lines.ts'
import { type Served, serve } from '../harness/served.ts'

const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const isRoot = process.getuid?.() === 0

/** The user `nobody`, as on every Linux. */
const stranger = { uid: 65_534, gid: 65_534 }

/** A directory that everybody may enter, so that what is closed in it is closed by itself. */
async function openDirectory(): Promise<string> {
  const directory = await temporaryDirectory()
  onTestFinished(directory.remove)
  await chmod(directory.path, 0o755)
  return directory.path
}

async function started(dataDir: string, ...flags: string[]): Promise<Served> {
  const server = await serve(dataDir, ...flags)
  onTestFinished(() => server.kill())
  return server
}

/** Everything below a directory and itself, with modes. */
async function entries(directory: string): Promise<{ path: string; mode: number; isFile: boolean }[]> {
  const names = await readdir(directory, { recursive: true })
  const paths = [directory, ...names.map((name) => join(directory, name))]
  const found = await Promise.all(
    paths.map(async (path) => {
      const status = await lstat(path).catch(() => null)
      return status && !status.isSymbolicLink() ? { path, mode: status.mode, isFile: status.isFile() } : null
    }),
  )
  return found.filter((entry) => entry !== null)
}

const openOnes = async (directory: string) =>
  (await entries(directory)).filter(({ mode }) => (mode & 0o077) !== 0).map(({ path }) => path)

/** Files that have a text in them. */
async function filesWith(directory: string, wanted: string): Promise<string[]> {
  const files = (await entries(directory)).filter(({ isFile }) => isFile).map(({ path }) => path)
  const found: string[] = []
  for (const path of files) if ((await readFile(path).catch(() => Buffer.of())).includes(wanted)) found.push(path)
  return found
}

async function run(command: string, args: string[], options: { uid?: number; gid?: number; env?: NodeJS.ProcessEnv }) {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
  const [out, err, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { out, err, code: Number(code) }
}

const readableBy = async (user: typeof stranger, directory: string) =>
  (await run('find', [directory, '-type', 'f', '-readable'], user)).out.split('\n').filter((line) => line !== '')

function needsRoot(context: TestContext) {
  context.skip(!isRoot, 'only root can be somebody else as well')
}

async function exported(server: Served): Promise<string> {
  const { task_id: id } = await server.client.send<{ task_id: string }>('POST', '/v1/cdn/statistics/export-tasks', {
    start_time: Date.parse('2026-09-01T08:00:00+08:00'),
    end_time: Date.parse('2026-09-01T08:05:00+08:00'),
    service_area: 'global',
  })
  for (;;) {
    const task = await server.client.get<{ state: string; download_link: string }>(`/api/v1/export-tasks/${id}`)
    if (task.state === 'fail') throw new Error('the export failed')
    if (task.state === 'success') return await (await fetch(task.download_link)).text()
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}

/** A directory as earlier versions left it: open, and with the engine's password in a dictionary and a file of its own. */
async function earlierDirectory(parent: string) {
  const dataDir = join(parent, 'data')
  const server = await serve(dataDir)
  const log = join(parent, 'a.log')
  await writeFile(log, huaweiLine({ path: '/a' }) + huaweiLine({ path: '/b' }))
  await server.load(log)
  const file = await exported(server)
  const { password } = await readEngineAccess(join(dataDir, 'engine'))
  await server.warehouse.createDictionary({
    name: 'geo_networks_1',
    columns: 'network String, region UInt16 DEFAULT 0',
    key: 'network',
    layout: 'IP_TRIE()',
    query: `SELECT '10.0.0.0/8' AS network, 1 AS region`,
  })
  await server.kill()
  await rm(join(dataDir, 'engine', 'access.json'))
  await writeFile(join(dataDir, 'engine', 'password'), password)
  const closed = ['master.key', 'credentials.json'].map((name) => join(dataDir, name))
  for (const { path, isFile } of await entries(dataDir))
    if (!closed.includes(path)) await chmod(path, isFile ? 0o644 : 0o755)
  return { dataDir, password, file }
}

it('a directory that an earlier version left open is closed, and rid of passwords, at the next start', async (context) => {
  const parent = await openDirectory()
  const { dataDir, password, file } = await earlierDirectory(parent)
  expect((await filesWith(join(dataDir, 'engine', 'store'), password)).length).toBeGreaterThan(0)
  expect((await openOnes(dataDir)).length).toBeGreaterThan(100)
  expect(await modesProblem(dataDir)).toContain('are open to other users')
  if (isRoot) expect(await readableBy(stranger, dataDir)).toContain(join(dataDir, 'fluxport.sqlite'))

  const server = await started(dataDir)
  expect(await exported(server)).toBe(file)
  expect(await openOnes(dataDir)).toEqual([])
  expect(await modesProblem(dataDir)).toBeNull()
  expect(await filesWith(dataDir, password)).toEqual([])
  const now = await readEngineAccess(join(dataDir, 'engine'))
  expect(await filesWith(join(dataDir, 'engine', 'store'), now.password)).toEqual([])
  needsRoot(context)
  expect(await readableBy(stranger, dataDir)).toEqual([])
})

it('a directory that was made with 0755 before the first start, as systemd does, has nothing for others in it', async () => {
  const parent = await openDirectory()
  const [dataDir, artifactsDir] = [join(parent, 'data'), join(parent, 'files')]
  for (const path of [dataDir, artifactsDir]) await mkdir(path, { mode: 0o755 })
  const server = await started(dataDir, '--artifacts-dir', artifactsDir)
  const log = join(parent, 'a.log')
  await writeFile(log, huaweiLine({ path: '/a' }))
  await server.load(log)
  await exported(server)
  expect(await openOnes(dataDir)).toEqual([])
  expect(await openOnes(artifactsDir)).toEqual([])
  expect((await entries(artifactsDir)).some(({ isFile }) => isFile)).toBe(true)
})

it('a directory of another user is refused, with what to do', async (context) => {
  needsRoot(context)
  const dataDir = join(await openDirectory(), 'data')
  await mkdir(dataDir)
  await chown(dataDir, stranger.uid, stranger.gid)
  const { code, err } = await run(process.execPath, [main, 'serve', '--data-dir', dataDir, '--port', '0'], {})
  expect(code).toBe(1)
  expect(err).toContain(`--data-dir: ${dataDir} belongs to another user (uid 65534)`)
  expect(err).toContain('chown -R')
  expect(await readdir(dataDir)).toEqual([])
})

const { FLUXPORT_ALLOW_ROOT: _allowed, ...plainEnvironment } = process.env

const offlineCommands = ['keys create --offline --role operator', 'keys reseal']
it.each(['serve', 'worker', 'doctor', 'backup create', 'backup verify', 'restore', ...offlineCommands])(
  'root is told to be another user, before anything is made: %s',
  { skip: !isRoot },
  async (command) => {
    const parent = await openDirectory()
    const dataDir = join(parent, 'data')
    const places = /backup|restore/.test(command) ? [join(parent, 'backup')] : []
    const args = [main, ...command.split(' '), ...places, '--data-dir', dataDir]
    const { code, err } = await run(process.execPath, args, { env: plainEnvironment })
    expect(code).toBe(1)
    expect(err).toContain('fluxport does not run as root')
    expect(err).toContain('--allow-root yes (FLUXPORT_ALLOW_ROOT=yes)')
    expect(await readdir(parent)).toEqual([])
  },
)

it('root that says so is not told, by the flag alone or with its word', { skip: !isRoot }, async () => {
  for (const flag of [['--allow-root'], ['--allow-root', 'yes']]) {
    const { err } = await run(process.execPath, [main, 'worker', ...flag], { env: plainEnvironment })
    expect(err).toContain('A worker needs --clickhouse-url')
  }
  for (const command of offlineCommands) {
    const args = [main, ...command.split(' '), '--allow-root', '--data-dir', join(await openDirectory(), 'data')]
    expect((await run(process.execPath, args, { env: plainEnvironment })).err).toContain('has no database of a server')
  }
})

it('a user without rights runs a server without being asked anything', async (context) => {
  needsRoot(context)
  const parent = await openDirectory()
  await chown(parent, stranger.uid, stranger.gid)
  const args = [main, 'serve', '--data-dir', join(parent, 'data'), '--port', '0', '--geo', 'off']
  const child = spawn(process.execPath, args, { ...stranger, env: plainEnvironment, cwd: parent })
  onTestFinished(() => void child.kill('SIGKILL'))
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  const said = String(line)
  expect(said).toContain(' listens at ')
  expect(await openOnes(join(parent, 'data'))).toEqual([])
})

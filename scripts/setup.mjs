// Brings a checkout to where its commands run: dependencies installed, native parts built, sources compiled. Does only
// what is missing, so that a second run costs a fraction of a second. Node's own modules alone: nothing is installed yet.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compileSqlite, missingTools, sqliteFile } from './native-sqlite.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const stampPath = join(root, 'node_modules', '.fluxport-setup.json')
const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm'

const fail = (text) => {
  console.error(`\nSetup: ${text}`)
  process.exit(1)
}

const run = (command, args, options = {}) => spawnSync(command, args, { cwd: root, stdio: 'inherit', ...options })

function checkNode() {
  const major = Number(process.versions.node.split('.')[0])
  if (major < 20) fail(`Node.js 20 or later is needed; this is ${process.versions.node}.`)
}

/** Of what is installed: a change of a script, a word or the version in package.json installs and compiles nothing. */
function manifestHash() {
  const read = (name) => JSON.parse(readFileSync(join(root, name), 'utf8'))
  const { dependencies, devDependencies, overrides } = read('package.json')
  const { '': _own, ...packages } = read('package-lock.json').packages
  return createHash('sha256')
    .update(JSON.stringify({ dependencies, devDependencies, overrides, packages }))
    .update(process.versions.modules + process.arch)
    .digest('hex')
}

function isInstalled() {
  if (!existsSync(stampPath)) return false
  return JSON.parse(readFileSync(stampPath, 'utf8')).manifest === manifestHash()
}

/** As the lock has it, to the byte. Scripts are not run: only one package has one that matters, which is done below. */
function install() {
  console.error('Setup: installing dependencies (npm ci) …')
  const installed = run(npm, ['ci', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'])
  if (installed.status !== 0) fail('npm ci failed; what it said stands above.')
  buildSqlite()
  writeFileSync(stampPath, JSON.stringify({ manifest: manifestHash() }))
}

/** The end of what the compiler said. */
const lastLines = (path) => `\n${readFileSync(path, 'utf8').trimEnd().split('\n').slice(-20).join('\n')}`

/** better-sqlite3 is native, and compiled here: no file is fetched whose digest nobody knows. */
function buildSqlite() {
  if (existsSync(sqliteFile(join(root, 'node_modules')))) return
  const missing = missingTools()
  if (missing.length > 0)
    fail(
      `better-sqlite3 cannot be compiled: ${missing.join(', ')} is missing. On Debian: apt-get install python3 make g++`,
    )
  console.error('Setup: compiling better-sqlite3 (about 90 s) …')
  const log = join(root, 'node_modules', '.cache', 'better-sqlite3.log')
  if (!compileSqlite(root, { log })) fail(`better-sqlite3 could not be compiled: ${lastLines(log)}\nAll of it: ${log}`)
  console.error('Setup: compiled')
}

/** Newest change below a directory, ms. */
function newest(directory) {
  return readdirSync(directory, { withFileTypes: true }).reduce((latest, entry) => {
    const path = join(directory, entry.name)
    return Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }, statSync(directory).mtimeMs)
}

function build() {
  const built = join(root, 'dist', 'main.js')
  const folders = ['src', 'console/src'].map((folder) => newest(join(root, folder)))
  const sources = Math.max(...folders, statSync(join(root, 'package.json')).mtimeMs)
  if (existsSync(built) && statSync(built).mtimeMs > sources) return
  if (run(process.execPath, [join(root, 'scripts', 'build.mjs')]).status !== 0) fail('the sources do not compile.')
}

checkNode()
if (!isInstalled()) install()
build()

// A server for whoever changes the code: builds, runs it on a data directory of its own, and does both again when a source
// changes. The first start loads a day of invented traffic. Ctrl-C ends everything.
//   npm run dev [-- FLAGS of fluxport serve]
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, watch, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { writeTraffic } from './traffic.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const fluxport = join(root, 'dist', 'main.js')
const directory = join(root, '.dev')
const dataDir = join(directory, 'data')
/** There once the first traffic is in: a first start that was broken off is made up for. */
const seeded = join(directory, 'seeded')
const port = '8090'
const seededLines = 10_000
const dayMs = 86_400_000
const hourMs = 3_600_000
/** An editor that saves all writes many files within this time. */
const quietMs = 150

// As the demo: machines that build and try things often have no other user.
process.env.FLUXPORT_ALLOW_ROOT ??= 'yes'

/** The server that runs, and whether another build is wanted; `isOver` once a person has had enough. */
const state = { server: null, ended: null, isBuilding: false, isStale: false, isOver: false, hasSaid: false }

function build() {
  const startMs = Date.now()
  const { status } = spawnSync(process.execPath, [join(root, 'scripts', 'build.mjs')], { stdio: 'inherit' })
  if (status === 0) console.log(`dev: built in ${((Date.now() - startMs) / 1000).toFixed(1)} s`)
  else console.error('dev: the sources do not compile; waiting for the next change')
  return status === 0
}

/** Ends the server that runs, and waits: its data directory, and the build, are free afterwards. */
async function stopServer() {
  const { server, ended } = state
  state.server = null
  server?.kill('SIGTERM')
  await ended
}

/** Starts the server. @returns whether it listens; it has said why when it does not */
async function startServer() {
  const args = [
    fluxport,
    'serve',
    '--data-dir',
    dataDir,
    '--port',
    port,
    '--log-level',
    'info',
    ...process.argv.slice(2),
  ]
  // A group of its own: Ctrl-C reaches this process alone, which then ends the server in order.
  const server = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'], detached: true })
  state.server = server
  state.ended = once(server, 'exit')
  const lines = createInterface({ input: server.stdout })
  return await new Promise((resolve) => {
    lines.on('line', (line) => {
      console.log(line)
      if (line.includes(' listens at ')) resolve(true)
    })
    server.once('exit', (code) => {
      if (state.server === server) console.error(`dev: the server ended with ${code}`)
      resolve(false)
    })
  })
}

/** Runs a command against the server. */
async function run(...args) {
  const child = spawn(process.execPath, [fluxport, ...args, '--data-dir', dataDir], { stdio: 'inherit' })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`fluxport ${args[0]} ended with ${code}`)
}

/** Loads the last 24 whole hours of invented traffic, which an export without a range is of. */
async function seed() {
  const log = join(directory, 'first-start.log')
  const endTimeMs = Math.floor(Date.now() / hourMs) * hourMs
  await writeTraffic({ path: log, format: 'huawei_offline', lines: seededLines, startTimeMs: endTimeMs - dayMs })
  await run('ingest', log)
  writeFileSync(seeded, '')
}

function sayHowToAsk() {
  if (state.hasSaid) return
  state.hasSaid = true
  const command = (text) => `    node dist/main.js ${text} --data-dir .dev/data`
  console.log(`
dev: signed requests, with the operator's key of .dev/data/credentials.json:
${command("request GET '/api/v1/log-batches?limit=2'")}
${command('export --interval 3600 --group-by domain --output .dev/usage.csv')}
dev: a change below src/ builds and starts again; Ctrl-C ends, and rm -r .dev forgets everything
`)
}

/** Builds and starts again for as long as there was a change meanwhile. */
async function restart() {
  if (state.isBuilding) return
  state.isBuilding = true
  do {
    state.isStale = false
    await stopServer()
    if (state.isOver || !build() || !(await startServer())) continue
    if (!existsSync(seeded)) await seed().catch((error) => state.isOver || console.error(`dev: ${error.message}`))
    if (!state.isOver) sayHowToAsk()
  } while (state.isStale && !state.isOver)
  state.isBuilding = false
}

let quiet
const watcher = watch(join(root, 'src'), { recursive: true }, (_event, name) => {
  // Tests are no part of the build.
  if (name !== null && /\.(test|contract)\.ts$/.test(name)) return
  clearTimeout(quiet)
  quiet = setTimeout(() => {
    state.isStale = true
    void restart()
  }, quietMs)
})

async function end() {
  if (state.isOver) return
  state.isOver = true
  clearTimeout(quiet)
  watcher.close()
  await stopServer()
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end())

mkdirSync(directory, { recursive: true })
await restart()

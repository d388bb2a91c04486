// The main job from end to end, as a user would do it: a day of logs in, two files out, each step shown. At its end the address of
// the console; with --open the server stays, and the console opens: npm run demo -- --open
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createReadStream, existsSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { demoDomains, writeTraffic } from './traffic.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const fluxport = join(root, 'dist', 'main.js')
const linesPerLog = 500_000
const startTimeMs = Date.parse('2026-10-01T00:00:00+08:00')
const day = ['--start', '2026-10-01T00:00:00+08:00', '--end', '2026-10-02T00:00:00+08:00']
const rowsShown = 5
const isToStay = process.argv.includes('--open')

// Machines that build and try things often have no other user; what is started here is gone again soon.
process.env.FLUXPORT_ALLOW_ROOT ??= 'yes'

const say = (text) => console.log(`\n\u001b[1m${text}\u001b[0m`)

/** Runs a command of ours, its output shown. */
async function run(args, environment) {
  console.log(`$ fluxport ${args.join(' ')}`)
  const child = spawn(process.execPath, [fluxport, ...args], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  })
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`fluxport ${args[0]} ended with ${code}`)
}

/** A server on a free port and a fresh data directory, up when this resolves. */
async function startServer(dataDir) {
  const child = spawn(
    process.execPath,
    [fluxport, 'serve', '--data-dir', dataDir, '--port', '0', '--log-level', 'warn'],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(child, 'exit')
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line)
    if (line.startsWith('First start')) return { child, ended }
  }
  throw new Error('the server did not start')
}

/** As a bar on a terminal, as a last line elsewhere. */
function showProgress(name) {
  return ({ linesWritten, lines }) => {
    const done = linesWritten >= lines
    if (process.stdout.isTTY)
      process.stdout.write(`\r${name}: ${linesWritten.toLocaleString('en-US')} lines${done ? '\n' : ''}`)
    else if (done) console.log(`${name}: ${lines.toLocaleString('en-US')} lines`)
  }
}

async function writeLogs(directory) {
  const logs = [
    // Half of the domains are on a CDN, whose log has cache states, half on edges of our own, whose log has none.
    {
      path: join(directory, '2026100100-cdn-cn.log'),
      format: 'huawei_offline',
      seed: 1,
      domains: demoDomains.slice(0, 10),
    },
    { path: join(directory, 'edge-access.log.gz'), format: 'combined_vhost', seed: 2, domains: demoDomains.slice(10) },
  ]
  for (const log of logs) {
    const onProgress = showProgress(log.path)
    await writeTraffic({
      ...log,
      lines: linesPerLog,
      startTimeMs,
      durationSeconds: 86_400,
      onProgress,
    })
  }
  return logs.map((log) => log.path)
}

async function printFirstRows(path) {
  let shown = 0
  for await (const line of createInterface({ input: createReadStream(path) })) {
    console.log(`  ${line}`)
    if (++shown > rowsShown) break
  }
  console.log(`  … all of it: ${path}`)
}

async function demo(directory) {
  const dataDir = join(directory, 'data')
  say('1. A day of traffic of 20 domains, in two log formats')
  const logs = await writeLogs(directory)
  say('2. The server, on the embedded engine')
  const server = await startServer(dataDir)
  const environment = { FLUXPORT_DATA_DIR: dataDir }
  try {
    say('3. The logs in')
    await run(['ingest', ...logs], environment)
    say('4. The same logs again: they count once')
    await run(['ingest', logs[0]], environment)
    const usage = join(directory, 'usage.csv')
    const topUrls = join(directory, 'top-urls.csv')
    const common = ['--domain', 'all', ...day, '--service-area', 'global', '--language', 'en']
    say('5. Usage of each domain in 5-minute buckets, through a signed export task')
    await run(
      [
        'export',
        '--action',
        'reports_detail',
        ...common,
        '--interval',
        '300',
        '--group-by',
        'domain',
        '--output',
        usage,
      ],
      environment,
    )
    await printFirstRows(usage)
    say('6. The URLs that cost most')
    await run(['export', '--action', 'top_url_detail', ...common, '--output', topUrls], environment)
    await printFirstRows(topUrls)
    if (isToStay) await stay(server, environment)
  } finally {
    server.child.kill('SIGTERM')
    await server.ended
  }
  const { endpoint } = JSON.parse(await readFile(join(dataDir, 'credentials.json'), 'utf8'))
  say('Done')
  console.log(`Files, logs and data lie in ${directory}; the server at ${endpoint} has stopped.`)
  console.log(`Go on with:  node dist/main.js serve --data-dir ${dataDir}`)
  console.log(`The console is at ${endpoint}/ then; npm run demo -- --open keeps the server, and opens it.`)
}

/** Opens the console on the day of the logs, and leaves the server until a person ends it. */
async function stay(server, environment) {
  say('7. The console: this link signs you in once, within 10 minutes')
  await run(['open'], environment)
  console.log('Choose the range "Custom" from 2026-10-01 to 2026-10-02 there. Ctrl-C ends the server.')
  process.once('SIGINT', () => server.child.kill('SIGTERM'))
  await server.ended
}

const directory = join(root, 'demo-data')
if (existsSync(join(directory, 'data', 'server.json'))) {
  console.error(`demo: a server is running on ${join(directory, 'data')}; stop it first`)
  process.exit(1)
}
await rm(directory, { recursive: true, force: true })
await mkdir(directory)
try {
  await demo(directory)
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
}

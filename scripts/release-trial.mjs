// Tries a tarball as a person would who has nothing but it: installs it in an empty directory, serves, loads a log, exports,
// and holds the file against the lines.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { createInterface } from 'node:readline'
import { install } from './pack.mjs'
import { writeTraffic } from './traffic.mjs'

const lines = 5_000
const startTimeMs = Date.parse('2026-09-01T00:00:00+08:00')
const range = ['--start', '2026-09-01T00:00:00+08:00', '--end', '2026-09-02T00:00:00+08:00']

/** What the lines themselves say, by a pattern that shares no code with the product. */
function countLines(path) {
  const found = [...readFileSync(path, 'latin1').matchAll(/" \d{3} (\d+) (?:HIT|MISS) "/g)]
  return { requests: found.length, bytes: found.reduce((sum, [, bytes]) => sum + Number(bytes), 0) }
}

/** The columns of a file, summed. */
function sumFile(path) {
  const [header = '', ...rows] = readFileSync(path, 'utf8').trimEnd().split('\r\n')
  const titles = JSON.parse(`[${header}]`)
  const sum = (title) => rows.reduce((total, row) => total + Number(row.split(',')[titles.indexOf(title)]), 0)
  return { requests: sum('Requests'), bytes: sum('Traffic (byte)') }
}

function assertEqual(what, found, wanted) {
  const [one, other] = [found, wanted].map((value) => JSON.stringify(value))
  if (one !== other) throw new Error(`${what}: ${one} instead of ${other}`)
}

/** Runs the installed command. @throws Error with what it said */
function runCommand(command, args, options) {
  const done = spawnSync(command, args, { encoding: 'utf8', ...options })
  if (done.status !== 0) throw new Error(`fluxport ${args.join(' ')}: ${done.error ?? `${done.stdout}${done.stderr}`}`)
  return done.stdout.trim()
}

/** @returns the endpoint of a server that listens. @throws Error when it ends before */
async function listening(server) {
  for await (const line of createInterface({ input: server.stdout })) {
    const found = / listens at (\S+)$/.exec(line)
    if (found) return found[1]
  }
  throw new Error('fluxport serve ended before it listened')
}

/** Loads, exports, and looks at what came out. */
async function exportAndCheck({ command, options, directory, endpoint, version, commit }) {
  const log = join(directory, 'access.log')
  await writeTraffic({ path: log, format: 'huawei_offline', lines, seed: 1, startTimeMs })
  const given = countLines(log)
  assertEqual('lines', given.requests, lines)
  const say = (...args) => runCommand(command, args, options)
  const file = join(directory, 'usage.csv')
  say('ingest', log)
  say('export', ...range, '--group-by', 'domain', '--service-area', 'global', '--language', 'en', '--output', file)
  assertEqual('totals of the file', sumFile(file), given)
  say('verify', file)
  const { product_version, product_commit } = JSON.parse(readFileSync(`${file}.manifest.json`, 'utf8'))
  assertEqual('the manifest', { product_version, product_commit }, { product_version: version, product_commit: commit })
  const metrics = await (await fetch(`${endpoint}/metrics`)).text()
  const series = `fluxport_build_info{version="${version}",commit="${commit}"} 1`
  if (!metrics.includes(series)) throw new Error(`/metrics does not have ${series}`)
  return given
}

/**
 * @param {string} tarball stays as it is: a copy is installed
 * @param {{ version: string, commit: string }} built what it should say that it is
 * @returns {Promise<{ requests: number, bytes: number }>} the totals of lines and file alike
 * @throws Error with the first thing that is not as it should be
 */
export async function tryTarball(tarball, { version, commit }) {
  const directory = mkdtempSync(join(tmpdir(), 'fluxport-release-'))
  try {
    const copy = join(directory, basename(tarball))
    copyFileSync(tarball, copy)
    const command = install(copy)
    const dataDir = join(directory, 'data')
    // None of what a developer has set for a server of their own.
    const env = { PATH: process.env.PATH, HOME: directory, FLUXPORT_DATA_DIR: dataDir, FLUXPORT_ALLOW_ROOT: 'yes' }
    const options = { cwd: directory, env }
    const said = runCommand(command, ['--version'], options)
    assertEqual('fluxport --version', said, commit === 'unknown' ? version : `${version} (${commit})`)
    const serve = ['serve', '--port', '0', '--log-level', 'warn']
    const server = spawn(command, serve, { ...options, stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = once(server, 'exit')
    try {
      const endpoint = await listening(server)
      return await exportAndCheck({ command, options, directory, endpoint, version, commit })
    } finally {
      server.kill('SIGTERM')
      await ended
    }
  } finally {
    rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
  }
}

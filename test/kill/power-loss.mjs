// A model of a power cut: the data directory lies on a loop-mounted ext4; at the moment loads and an export have been
// acknowledged, the image behind it is copied, so that only what had reached the block device is in the copy. The server
// is then started on the copy, and what was acknowledged must be there. Needs root, mount and mkfs.ext4.
//
//   node test/kill/power-loss.mjs [--rounds 5]
import { execFile as execFileCallback, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs, promisify } from 'node:util'
import { writeTraffic } from '../../scripts/traffic.mjs'

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '5' } } })
const rounds = Number(values.rounds)
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

// Machines that build and try things often have no other user; what is started here is gone again soon.
process.env.FLUXPORT_ALLOW_ROOT ??= 'yes'
const imageMiB = 2_048
const startTimeMs = Date.parse('2026-10-01T00:00:00+08:00')
const execFile = promisify(execFileCallback)

const shell = (command, ...args) => execFileSync(command, args, { stdio: ['ignore', 'ignore', 'inherit'] })

function mountImage(image, directory) {
  mkdirSync(directory, { recursive: true })
  shell('mount', '-o', 'loop', image, directory)
}

async function serve(dataDir) {
  const args = [main, 'serve', '--data-dir', dataDir, '--port', '0', '--log-level', 'silent', '--geo', 'off']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  for await (const line of createInterface({ input: child.stdout })) if (line.includes('listens at')) break
  return async (signal) => {
    const ended = once(child, 'exit')
    child.kill(signal)
    await ended
    await delay(300) // the engine ends itself once its parent is gone
  }
}

const fluxport = async (dataDir, ...args) =>
  (await execFile(process.execPath, [main, ...args, '--data-dir', dataDir])).stdout

async function exportRequests(dataDir, output) {
  const range = ['--start', '2026-10-01T00:00:00+08:00', '--end', '2026-10-02T00:00:00+08:00', '--interval', '3600']
  await fluxport(dataDir, 'export', ...range, '--service-area', 'global', '--output', output)
  const rows = readFileSync(output, 'utf8').split('\r\n').slice(1)
  return rows.reduce((sum, row) => sum + Number(row.split(',')[3] ?? 0), 0)
}

/** Loads three logs and makes a file on `dataDir`; answers how many requests were acknowledged. */
async function work(base, dataDir, n) {
  let acknowledged = 0
  for (const part of [1, 2, 3]) {
    const log = { path: join(base, `log-${part}.log`), lines: 20_000 * part, seed: 10 * n + part }
    await writeTraffic({
      ...log,
      format: 'huawei_offline',
      domains: ['a.example.com'],
      startTimeMs,
      durationSeconds: 86_000,
    })
    await fluxport(dataDir, 'ingest', log.path)
    acknowledged += log.lines
  }
  await exportRequests(dataDir, join(base, 'before.csv'))
  return acknowledged
}

async function round(base, n) {
  const [image, copy] = [join(base, 'disk.img'), join(base, 'after.img')]
  const [live, after] = [join(base, 'live'), join(base, 'after')]
  shell('truncate', '-s', `${imageMiB}M`, image)
  shell('mkfs.ext4', '-q', '-F', image)
  mountImage(image, live)
  const kill = await serve(join(live, 'data'))
  let acknowledged = 0
  try {
    acknowledged = await work(base, join(live, 'data'), n)
    copyFileSync(image, copy) // the cut
  } finally {
    await kill('SIGKILL')
    shell('umount', live)
  }
  mountImage(copy, after)
  const stop = await serve(join(after, 'data'))
  try {
    const tasks = await fluxport(join(after, 'data'), 'tasks', 'list')
    const found = await exportRequests(join(after, 'data'), join(base, 'after.csv'))
    return { acknowledged, found, taskKept: tasks.includes('success') }
  } finally {
    await stop('SIGTERM')
    shell('umount', after)
  }
}

let lost = 0
for (let n = 1; n <= rounds; n++) {
  const base = mkdtempSync(join(tmpdir(), 'fluxport-power-'))
  try {
    const { acknowledged, found, taskKept } = await round(base, n)
    if (found !== acknowledged || !taskKept) lost++
    console.log(
      `round ${n}: ${acknowledged} requests acknowledged, ${found} after the cut, task ${taskKept ? 'kept' : 'LOST'}`,
    )
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}
console.log(`rounds ${rounds}, losses ${lost}`)
process.exitCode = lost === 0 ? 0 : 1

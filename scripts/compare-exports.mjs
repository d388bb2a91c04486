// Makes every export with two builds from copies of one data directory, and compares the bytes: a change that should change
// no figure shows that it does not. The older build fills the directory, as only the newer one can read what both wrote.
//   node scripts/compare-exports.mjs OLD_DIST NEW_DIST
// Each DIST stands in its checkout, beside node_modules/. Prints "N files, N equal"; exit status 1 when they are not.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { download, openApi } from '../test/kill/api.mjs'
import { copyBuild, startServer, stopAll } from '../test/kill/program.mjs'
import { compareFile } from './bytes-but-for-version.mjs'
import { exportsOf, fillAccounts, namesOf, timeZone } from './exports-to-compare.mjs'

const tasksAtOnce = 4
const taskLooksMs = 50
const taskPatienceMs = 120_000

/** What a developer has set for a server of their own would change what is compared. */
for (const name of Object.keys(process.env))
  if (name.startsWith('FLUXPORT_') && name !== 'FLUXPORT_ALLOW_ROOT') delete process.env[name]

/** Runs something with a server of a build on a directory's `data`. @throws Error when it does not start, or log in */
async function withServer(build, directory, flags, work) {
  const server = await startServer(build, directory, { flags: ['--time-zone', timeZone, ...flags] })
  try {
    if (server.endpoint === null)
      throw new Error(
        `${build.main} does not start: ${readFileSync(join(directory, 'server.log'), 'utf8').slice(-2000)}`,
      )
    return await work(server)
  } finally {
    // A server that ends by itself leaves its engine at rest: a copy of a directory at rest is whole.
    if (!server.hasEnded) process.kill(server.processId(), 'SIGTERM')
    await Promise.race([server.ended, delay(10_000, undefined, { ref: false })])
    await server.stop()
  }
}

/** Every file of every export that a build makes, by what was asked. */
async function filesMadeBy(build, directory, accounts) {
  return await withServer(build, directory, ['--geo', 'off'], async (server) => {
    const made = new Map()
    for (const account of accounts) {
      const api = await openApi(build, join(directory, account), server.endpoint)
      const left = exportsOf(account)
      const work = async () => {
        for (let asked = left.shift(); asked !== undefined; asked = left.shift())
          for (const [n, file] of (await filesOf(api, asked)).entries())
            made.set(`${account}: ${namesOf(asked)}, file ${n + 1}`, file)
      }
      await Promise.all(Array.from({ length: tasksAtOnce }, work))
    }
    return made
  })
}

/** Creates a task, waits, and reads its files, the manifest last. @throws Error when it is refused, fails or hangs */
async function filesOf(api, asked) {
  const created = await api.createTask(asked)
  if (created.status !== 200) throw new Error(`${namesOf(asked)}: refused: ${JSON.stringify(created.json)}`)
  for (const startMs = Date.now(); Date.now() - startMs < taskPatienceMs; await delay(taskLooksMs)) {
    const task = await api.task(created.json.task_id)
    if (task.state === 'fail') throw new Error(`${namesOf(asked)}: failed: ${JSON.stringify(task.error)}`)
    if (task.state !== 'success') continue
    return await Promise.all(
      task.files.map(async ({ name, sha256, download_link }) => ({
        name,
        bytes: await download({ task_id: task.task_id, sha256, download_link }),
      })),
    )
  }
  throw new Error(`${namesOf(asked)}: not done within ${taskPatienceMs / 1000} s`)
}

/** Prints what differs. @returns whether nothing does */
async function report(older, newer) {
  const names = [...new Set([...older.keys(), ...newer.keys()])]
  const counts = { same: 0, 'same but for the version': 0 }
  for (const name of names) {
    const found = await compareFile(older.get(name), newer.get(name))
    if (found.difference === null) counts[found.how]++
    else console.log(`${name}: ${found.difference}`)
  }
  const equal = counts.same + counts['same but for the version']
  console.log(
    `${names.length} files, ${equal} equal (${counts.same} to the byte, ${counts['same but for the version']} but for version and commit)`,
  )
  return names.length > 0 && equal === names.length
}

async function compare(builds, directory) {
  const seeded = join(directory, 'seeded')
  mkdirSync(seeded)
  const accounts = await withServer(builds[0], seeded, ['--geo', 'on'], (server) =>
    fillAccounts({ build: builds[0], directory: seeded, endpoint: server.endpoint }),
  )
  const made = []
  for (const [n, build] of builds.entries()) {
    const copy = join(directory, `copy-${n}`)
    cpSync(seeded, copy, { recursive: true, preserveTimestamps: true })
    const startMs = Date.now()
    made.push(await filesMadeBy(build, copy, accounts))
    console.log(`${process.argv[2 + n]}: ${made[n].size} files in ${((Date.now() - startMs) / 1000).toFixed(1)} s`)
  }
  return await report(made[0], made[1])
}

if (process.argv.length !== 4) {
  console.error('usage: node scripts/compare-exports.mjs OLD_DIST NEW_DIST')
  process.exit(2)
}
const builds = ['older', 'newer'].map((name, n) => copyBuild(resolve(process.argv[2 + n]), name))
const directory = mkdtempSync(join(tmpdir(), 'fluxport-compare-'))
const tidyUp = () => {
  stopAll()
  for (const build of builds) build.remove()
  rmSync(directory, { recursive: true, force: true, maxRetries: 10 })
}
for (const [signal, status] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
])
  process.once(signal, () => {
    tidyUp()
    process.exit(status)
  })
try {
  if (!(await compare(builds, directory))) process.exitCode = 1
} catch (error) {
  console.error(`compare-exports: ${error instanceof Error ? error.message : error}`)
  process.exitCode = 1
} finally {
  tidyUp()
}

// Whether everything is there once, and once only, after the dust has settled.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { askEngine, download } from './api.mjs'
import { cellsOf, kindOf, makeFile, totalOfFile } from './exports.mjs'
import { figures, sumOfLogs } from './logs.mjs'

const pendingStates = ['queued', 'loading', 'waiting', 'processing']

/**
 * Waits until nothing is on its way and no row is left of what does not count.
 * @returns null, or at the deadline what is still waited for
 */
export async function settle(world, deadlineMs) {
  for (;;) {
    const waitsFor = await unsettled(world).catch((error) => `an answer: ${error.message}`)
    if (waitsFor === null || Date.now() > deadlineMs) return waitsFor
    await delay(50)
  }
}

async function unsettled(world) {
  const { items: batches } = await world.api.batches()
  const pendingBatch = batches.find((batch) => pendingStates.includes(batch.state))
  if (pendingBatch) return `batch ${pendingBatch.batch_id}, which is ${pendingBatch.state}`
  const { items: tasks } = await world.api.tasks()
  const pendingTask = tasks.find((task) => pendingStates.includes(task.state))
  if (pendingTask) return `task ${pendingTask.task_id}, which is ${pendingTask.state}`
  const counting = batches.filter((batch) => batch.state === 'loaded')
  for (const [table, { sql, text }] of Object.entries(loads)) {
    const rows = await askEngine(world.build, world.dataDir, world.server.engine.port, sql)
    const left = without(rows.map(text), counting.map(text))
    if (left.length > 0) return `the removal of ${left.length} loads from ${table}`
    if (!rolledUp.includes(table)) continue
    const missing = without(counting.filter(({ requests }) => requests > 0).map(text), rows.map(text))
    if (missing.length > 0) return `the roll-up of ${missing.length} loads into ${table}`
  }
  return null
}

const usageText = ({ requests, flux }) => `${requests} requests, ${flux} bytes`

/** What each load holds, from its rows and from its batch alike. */
const loads = {
  request: {
    sql: 'SELECT load_id, count() AS requests, sum(bytes) AS flux FROM request GROUP BY load_id',
    text: usageText,
  },
  usage: {
    sql: 'SELECT load_id, sum(requests) AS requests, sum(flux_bytes) AS flux FROM usage GROUP BY load_id',
    text: usageText,
  },
  url_daily: {
    sql: 'SELECT load_id, sum(requests) AS requests, sum(flux_bytes) AS flux FROM url_daily GROUP BY load_id',
    text: usageText,
  },
  geography_hourly: {
    sql: 'SELECT load_id, sum(requests) AS requests, sum(flux_bytes) AS flux FROM geography_hourly GROUP BY load_id',
    text: usageText,
  },
  rejected: {
    sql: 'SELECT load_id, sum(lines) AS rejected_lines FROM rejected GROUP BY load_id',
    text: ({ rejected_lines: lines }) => `${lines} lines`,
  },
}

/** Tables that a load is written to after it counts. */
const rolledUp = ['url_daily', 'geography_hourly']

/** What is in `all` more often than in `known`. */
function without(all, known) {
  const rest = [...known]
  return all.filter((one) => {
    const at = rest.indexOf(one)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
}

/**
 * Compares everything with what the logs say.
 * @param changes what became visible, or ceased to be, in this round: a file may show any of it, but nothing in part
 * @returns {Promise<{ losses: string[], doubles: string[], stuck: string[] }>}
 */
export async function verify(world, round, deadlineMs) {
  const found = { losses: [], doubles: [], stuck: [] }
  const expected = sumOfLogs(world.countingLogs())
  const now = await makeFile(world, 'small', deadlineMs)
  compareCells(found, 'the report', cellsOf(now.bytes), expected)
  for (const table of ['request', 'usage'])
    compareCells(found, `table ${table}`, await tableCells(world, table), expected)
  await checkRejected(world, found)
  await checkBatches(world, found)
  await checkTasks(world, round, now, found, deadlineMs)
  await lookForLeftovers(world)
  return found
}

/** Files that no batch or task needs any more: no harm to any figure, but disk that nobody gets back. */
async function lookForLeftovers(world) {
  const spooled = await readdir(join(world.dataDir, 'spool'))
  if (spooled.length > 0) world.remark(`the spool holds ${spooled.map((name) => name.replace(/^[0-9a-f-]{36}/, 'ID'))}`)
  // A directory for each attempt of a task.
  const made = await readdir(join(world.dataDir, 'artifacts'), { recursive: true, withFileTypes: true })
  const attempts = made.filter((entry) => entry.isDirectory() && /^\d+$/.test(entry.name))
  const { items: tasks } = await world.api.tasks()
  const spare = attempts.length - tasks.filter((task) => task.state === 'success').length
  if (spare > world.spareFiles) world.remark(`${spare} dead attempts in artifacts`)
  world.spareFiles = spare
}

const cellSql = {
  request: `SELECT domain, intDiv(toUnixTimestamp(time), 3600) AS hour, count() AS requests, sum(bytes) AS flux,
    countIf(cache = 'hit') AS hits, countIf(intDiv(status, 100) = 2) AS s2, countIf(intDiv(status, 100) = 3) AS s3,
    countIf(intDiv(status, 100) = 4) AS s4, countIf(intDiv(status, 100) = 5) AS s5 FROM request GROUP BY domain, hour`,
  usage: `SELECT domain, intDiv(toUnixTimestamp(bucket), 3600) AS hour, sum(requests) AS requests, sum(flux_bytes) AS flux,
    sum(hits) AS hits, sum(status_2xx) AS s2, sum(status_3xx) AS s3, sum(status_4xx) AS s4, sum(status_5xx) AS s5
    FROM usage GROUP BY domain, hour`,
}

async function tableCells(world, table) {
  const rows = await askEngine(world.build, world.dataDir, world.server.engine.port, cellSql[table])
  return new Map(
    rows.map((row) => [
      `${row.domain} ${row.hour}`,
      [row.requests, row.flux, row.hits, row.s2, row.s3, row.s4, row.s5],
    ]),
  )
}

/** Adds to `found` every figure of `actual` that is not that of `expected`. */
export function compareCells(found, what, actual, expected) {
  const zeros = Array(figures.length).fill(0)
  const short = []
  const more = []
  for (const key of new Set([...actual.keys(), ...expected.keys()])) {
    const is = actual.get(key) ?? zeros
    const should = expected.get(key) ?? zeros
    figures.forEach((figure, index) => {
      if (is[index] !== null && is[index] !== should[index]) {
        const text = `${key}: ${figure} ${is[index]} instead of ${should[index]}`
        ;(is[index] < should[index] ? short : more).push(text)
      }
    })
  }
  if (short.length > 0) found.losses.push(`${what} is short in ${short.length} figures, as in ${short[0]}`)
  if (more.length > 0) found.doubles.push(`${what} has too much in ${more.length} figures, as in ${more[0]}`)
}

async function checkRejected(world, found) {
  const [row] = await askEngine(
    world.build,
    world.dataDir,
    world.server.engine.port,
    'SELECT sum(lines) AS lines FROM rejected',
  )
  const expected = world.countingLogs().reduce((sum, log) => sum + log.totals.rejected, 0)
  if (row.lines < expected) found.losses.push(`table rejected has ${row.lines} lines instead of ${expected}`)
  if (row.lines > expected) found.doubles.push(`table rejected has ${row.lines} lines instead of ${expected}`)
}

async function checkBatches(world, found) {
  const { items: batches, total } = await world.api.batches()
  if (total !== batches.length) found.stuck.push(`the list of batches has ${batches.length} of ${total}`)
  for (const batch of batches.filter((one) => one.state === 'failed')) {
    found.stuck.push(`batch ${batch.batch_id} failed: ${batch.error?.error_code} ${batch.error?.error_msg}`)
  }
  for (const log of world.logs) {
    const counting = batches.filter((batch) => batch.source === log.source && batch.state === 'loaded')
    const requests = counting.reduce((sum, batch) => sum + batch.requests, 0)
    const expected = log.counts ? log.totals.requests : 0
    if (requests < expected) found.losses.push(`batches of ${log.name}: ${requests} requests instead of ${expected}`)
    if (requests > expected) found.doubles.push(`batches of ${log.name}: ${requests} requests instead of ${expected}`)
    if (log.acknowledged === null) continue
    const promised = batches.find((batch) => batch.batch_id === log.acknowledged)
    if (!promised) found.losses.push(`batch ${log.acknowledged} was answered and is not there`)
    else if (promised.state !== 'loaded' && promised.state !== 'duplicate')
      found.losses.push(`batch ${log.acknowledged} was answered and is ${promised.state}`)
  }
}

async function checkTasks(world, round, now, found, deadlineMs) {
  const { items: listed, total } = await world.api.tasks()
  if (total !== listed.length) found.stuck.push(`the list of tasks has ${listed.length}, its total says ${total}`)
  for (const id of world.tasks.keys()) {
    if (!listed.some((task) => task.task_id === id)) found.losses.push(`task ${id} was answered and is not listed`)
  }
  for (const { task_id: id } of listed.filter((task) => task.state !== 'success')) {
    const task = await world.api.task(id)
    found.stuck.push(`task ${id} ended as ${task.state}: ${task.error?.error_code} ${task.error?.error_msg}`)
  }
  const ofRound = listed.filter((task) => task.state === 'success' && round.tasksFrom <= task.create_time)
  const older = listed.filter((task) => task.state === 'success' && round.tasksFrom > task.create_time)
  if (older.length > 0) await download(await world.api.task(round.dice.pick(older).task_id))
  for (const { task_id: id } of ofRound.filter((task) => task.task_id !== now.task.task_id)) {
    await checkFile(world, await world.api.task(id), round, now, found, deadlineMs)
  }
}

/** A file equals the same file of the same data made in peace; of other data, it shows whole batches. */
async function checkFile(world, task, round, now, found, deadlineMs) {
  const bytes = await download(task)
  if (task.attempts > 1) round.interrupted = true
  const { name, file } = kindOf(task)
  if (task.data_version === now.task.data_version) {
    const again = await madeOnce(world, round, name, deadlineMs, file)
    if (!again.bytes.equals(bytes)) found.losses.push(`the file of task ${task.task_id} differs from one made in peace`)
    return
  }
  if (task.action !== 'reports_detail' || round.changes === null) return
  const total = totalOfFile(bytes, file)
  if (total !== null && !isReachable(total, round.before, round.changes)) {
    found.losses.push(`the file of task ${task.task_id} shows a part of a batch: ${total.requests} requests`)
  }
}

/** The same file twice in a round needs to be made in peace once. */
async function madeOnce(world, round, name, deadlineMs, file) {
  const key = `${name} ${file.format} ${file.compression}`
  round.made ??= {}
  round.made[key] ??= await makeFile(world, name, deadlineMs, file)
  return round.made[key]
}

/** Whether some of the changes lead from one total to another. */
export function isReachable(total, before, changes) {
  for (let mask = 0; mask < 2 ** changes.length; mask++) {
    const chosen = changes.filter((_, index) => mask & (1 << index))
    const requests = chosen.reduce((sum, change) => sum + change.requests, before.requests)
    const flux = chosen.reduce((sum, change) => sum + change.flux, before.flux)
    if (requests === total.requests && flux === total.flux) return true
  }
  return false
}

// Export tasks: what is asked, and what a finished file says.
import { setTimeout as delay } from 'node:timers/promises'
import { gunzipSync } from 'node:zlib'
import { download } from './api.mjs'
import { range } from './logs.mjs'
import { Stuck } from './world.mjs'

const whole = {
  start_time: range.startTimeMs,
  end_time: range.endTimeMs,
  service_area: 'global',
  language: 'en',
}

/** Requests by kind: `big` takes the engine about a second. */
export const requests = {
  small: { ...whole, action: 'reports_detail', group_by: 'domain', interval: 3600 },
  big: { ...whole, action: 'reports_detail', group_by: 'domain', interval: 300 },
  top: { ...whole, action: 'top_url_detail', group_by: 'domain', stat_type: 'req_num' },
  clients: { ...whole, action: 'uv', group_by: 'domain', interval: 3600 },
  bill: { ...whole, action: 'billing_summary' },
}

const plainCsv = { format: 'csv', compression: 'none' }

/** What kind of file a task makes: every format and every compression come up. */
export const pickFile = (dice) => ({
  format: dice.pick(['csv', 'xlsx', 'parquet', 'jsonl']),
  compression: dice.pick(['none', 'none', 'gzip', 'zip']),
})

/** The kind of request and file that a task was created with. */
export function kindOf({ effective, action }) {
  const isAlike = (request) => request.action === action && (request.interval ?? 300) === effective.interval
  const name = Object.keys(requests).find((candidate) => isAlike(requests[candidate]))
  return { name, file: { format: effective.format, compression: effective.compression } }
}

/** Creates a task, once; a promise is noted. @returns its id, or null when nothing was promised */
export async function createTask(world, name, file = plainCsv) {
  try {
    const { status, json } = await world.api.createTask({ ...requests[name], ...file })
    if (status !== 200) {
      world.remark(`a create answered ${status}: ${json.error_code} ${json.error_msg}`)
      return null
    }
    world.tasks.set(json.task_id, { name })
    return json.task_id
  } catch {
    return null // nobody answered: the server is dead
  }
}

/** Makes a file while nothing disturbs. @throws Stuck when it fails or takes too long */
export async function makeFile(world, name, deadlineMs, file = plainCsv) {
  const id = await createTask(world, name, file)
  if (id === null) throw new Stuck('a task cannot be created')
  for (;;) {
    const task = await world.api.task(id)
    if (task.state === 'success') return { task, bytes: await download(task) }
    if (task.state === 'fail') throw new Stuck(`task ${id} failed without a kill: ${task.error?.error_msg}`)
    if (Date.now() > deadlineMs) throw new Stuck(`task ${id} is still ${task.state}`)
    await delay(30)
  }
}

/** The columns of a usage file that are counted, in the order of a log's figures. */
const figureTitles = ['Requests', 'Traffic (byte)', 'Hits', '2xx', '3xx', '4xx', '5xx']

/**
 * Usage by domain and hour, as the logs' counts have it. Empty cells are zeros; but hits are null, not known, where some
 * of the logs do not tell them.
 */
export function cellsOf(bytes) {
  const cells = new Map()
  for (const row of rowsOf(bytes)) {
    const values = figureTitles.map((title) => (title === 'Hits' && row(title) === '' ? null : Number(row(title))))
    if (!values.some((value) => value)) continue
    const hour = Date.parse(`${row('Time').replace(' ', 'T')}+08:00`) / 3_600_000
    cells.set(`${row('Domain')} ${hour}`, values)
  }
  return cells
}

/** Requests and flux of a whole usage file, of CSV or JSONL; null for what a test would need a library to read. */
export function totalOfFile(bytes, { format, compression }) {
  if (compression === 'zip' || format === 'xlsx' || format === 'parquet') return null
  const plain = compression === 'gzip' ? gunzipSync(bytes) : bytes
  return format === 'jsonl' ? totalOfLines(plain) : totalOfRows(plain)
}

function totalOfLines(bytes) {
  const total = { requests: 0, flux: 0 }
  for (const line of bytes.toString('utf8').split('\n').slice(0, -1)) {
    const row = JSON.parse(line)
    total.requests += row.requests ?? 0
    total.flux += row.flux ?? 0
  }
  return total
}

function totalOfRows(bytes) {
  const total = { requests: 0, flux: 0 }
  for (const row of rowsOf(bytes)) {
    total.requests += Number(row('Requests'))
    total.flux += Number(row('Traffic (byte)'))
  }
  return total
}

/** Each row as a look-up of its cells by their titles. */
function* rowsOf(bytes) {
  const [header, ...lines] = bytes.toString('utf8').split('\r\n').slice(0, -1)
  const places = new Map(cellTexts(header).map((title, place) => [title, place]))
  for (const line of lines) {
    const cells = cellTexts(line)
    yield (title) => {
      const cell = cells[places.get(title)]
      if (cell === undefined) throw new Error(`a usage file has no column ${title}`)
      return cell
    }
  }
}

const cellTexts = (line) => line.replaceAll('"', '').split(',')

// Export tasks: what is asked, and what a finished file says.
import { setTimeout as delay } from 'node:timers/promises'
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
}

/** Creates a task, once; a promise is noted. @returns its id, or null when nothing was promised */
export async function createTask(world, name) {
  try {
    const { status, json } = await world.api.createTask(requests[name])
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
export async function makeFile(world, name, deadlineMs) {
  const id = await createTask(world, name)
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

/** Requests and flux of a whole usage file. */
export function totalOfFile(bytes) {
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

import type { ListedTask, TaskAnswer } from '../exports/task-view.ts'
import { localTime } from '../statistics/time-range.ts'
import { askedAccount } from './asked-account.ts'
import type { Client } from './client.ts'
import { grouped } from './progress-bar.ts'
import { table } from './table.ts'
import { timesOf } from './table-times.ts'
import { print, printJson, say } from './terminal.ts'

/** Export tasks, printed as the API answers them. */

type ListFlags = {
  limit: string
  offset: string
  account?: string
  status?: string
  action?: string
  links?: boolean
  json?: boolean
  timeZone?: string
}

export async function listTasks(client: Client, flags: ListFlags): Promise<void> {
  const { limit, offset, status, action } = flags
  const account = await askedAccount(client, flags.account)
  const answer = await client.get<{ total: number; data: ListedTask[] }>('/v1/cdn/statistics/export-tasks', {
    limit,
    offset,
    account,
    ...(status === undefined ? {} : { status }),
    ...(action === undefined ? {} : { action }),
  })
  if (flags.json) return printJson(answer)
  const { total, data } = answer
  const times = await timesOf(client, flags)
  const rows = data.map((task) => [
    task.task_id,
    ...(account === undefined ? [] : [task.account_name ?? null]),
    task.state,
    task.task_name,
    domainsText(task.asked),
    rangeText(task.asked),
    task.asked.format,
    task.asked.service_area,
    times.text(task.create_time),
    times.text(task.update_time),
  ])
  const whose = account === undefined ? [] : ['account']
  const asked = ['domains', 'range', 'format', 'area']
  const changed = [`created (${times.zone})`, `modified (${times.zone})`]
  print(table(['task', ...whose, 'state', 'name', ...asked, ...changed], rows))
  if (flags.links) for (const task of data) if (task.download_link) say`${task.task_id} ${task.download_link}`
  if (total > data.length) say`${data.length} of ${grouped(total)}; --limit and --offset show more`
}

type AskedOfTask = ListedTask['asked']

/** The first domain and the number of the others: `www.example.com +2`. */
function domainsText({ first_domain: first, domains }: AskedOfTask): string {
  if (first === null || domains === null) return 'all'
  return domains === 1 ? first : `${first} +${domains - 1}`
}

/** Days of the file's own zone, the last one included; with clocks where the range is not of whole days. */
function rangeText({ start_time: startMs, end_time: endMs, time_zone: zone }: AskedOfTask): string {
  const [start, end, last] = [startMs, endMs, endMs - 1].map((timeMs) => localTime(timeMs, zone))
  const isOfDays = [start, end].every((time) => time?.endsWith(' 00:00:00'))
  const [from = '', to = ''] = (isOfDays ? [start, last] : [start, end]).map((time) =>
    time?.slice(0, isOfDays ? 10 : 16),
  )
  return from === to ? from : `${from} – ${to}`
}

export async function showTask(client: Client, id: string): Promise<void> {
  printJson(await client.get(`/api/v1/export-tasks/${encodeURIComponent(id)}`))
}

export async function changeTask(client: Client, how: 'cancel' | 'retry' | 'delete', id: string): Promise<void> {
  const path = `/api/v1/export-tasks/${encodeURIComponent(id)}`
  if (how === 'delete') {
    await client.send('DELETE', path)
    say`task ${id} is deleted`
    return
  }
  const { state } = await client.send<TaskAnswer>('POST', `${path}/${how}`, {})
  say`task ${id}: ${state}`
}

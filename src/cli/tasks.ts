import type { ListedTask, TaskAnswer } from '../exports/task-view.ts'
import { askedAccount } from './asked-account.ts'
import type { Client } from './client.ts'
import { grouped } from './progress-bar.ts'
import { table, timeText } from './table.ts'
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
  const rows = data.map((task) => [
    task.task_id,
    ...(account === undefined ? [] : [task.account_name ?? null]),
    task.state,
    task.task_name,
    timeText(task.create_time),
    timeText(task.update_time),
  ])
  const whose = account === undefined ? [] : ['account']
  print(table(['task', ...whose, 'state', 'name', 'created (UTC)', 'modified (UTC)'], rows))
  if (flags.links) for (const task of data) if (task.download_link) say`${task.task_id} ${task.download_link}`
  if (total > data.length) say`${data.length} of ${grouped(total)}; --limit and --offset show more`
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

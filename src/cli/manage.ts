import type { Static } from 'typebox'
import type { BatchAnswer, Rejected } from '../ingest/batch-view.ts'
import { accountNames } from './accounts.ts'
import { type Client, ClientError } from './client.ts'
import { bytesText, grouped } from './progress-bar.ts'
import { table, timeText } from './table.ts'
import { print, printJson, say } from './terminal.ts'

/** The commands that list and change: each prints what the API answers. */

type BatchJson = BatchAnswer & { rejected: Static<typeof Rejected> | null }

export async function listBatches(client: Client, flags: { limit: string }): Promise<void> {
  const { total, batches } = await client.get<{ total: number; batches: BatchJson[] }>('/api/v1/log-batches', flags)
  const names = await accountNames(client)
  const rows = batches.map((batch) => [
    batch.batch_id,
    names.get(batch.account_id) ?? batch.account_id,
    batch.source,
    batch.state === 'duplicate' ? `same as ${batch.already_loaded_as}` : batch.state,
    batch.name,
    batch.format,
    batch.requests,
    batch.rejected_lines,
    batch.flux === null ? '-' : bytesText(batch.flux),
    timeText(batch.first_time),
    timeText(batch.last_time),
  ])
  const figures = ['requests', 'rejected', 'traffic', 'first (UTC)', 'last (UTC)']
  print(table(['batch', 'account', 'source', 'state', 'name', 'format', ...figures], rows))
  if (total > batches.length) say`${batches.length} of ${grouped(total)}; --limit shows more`
}

export async function showBatch(client: Client, id: string): Promise<void> {
  const { rejected, ...batch } = await client.get<BatchJson>(`/api/v1/log-batches/${encodeURIComponent(id)}`)
  for (const [name, value] of Object.entries(batch)) say`${name.padEnd(18)}${printable(name, value)}`
  if (!rejected) return
  print(
    `\n${table(
      ['reason', 'lines'],
      rejected.by_reason.map(({ reason, lines }) => [reason, lines]),
    )}`,
  )
  const lines = rejected.first_lines.map((one) => [one.line_number, one.reason, JSON.stringify(one.line.slice(0, 120))])
  print(`\n${table(['line', 'reason', 'text'], lines)}`)
}

const printable = (name: string, value: unknown) => {
  if (typeof value === 'number' && name.endsWith('_time')) return `${timeText(value)} UTC`
  return value !== null && typeof value === 'object' ? JSON.stringify(value) : String(value ?? '-')
}

export async function forgetBatch(client: Client, id: string): Promise<void> {
  const batch = await client.send<BatchJson>('DELETE', `/api/v1/log-batches/${encodeURIComponent(id)}`)
  say`batch ${batch.batch_id} (${batch.name}) is forgotten: ${grouped(batch.requests ?? 0)} requests no longer count`
}

type TaskJson = {
  task_id: string
  task_name: string
  state: string
  create_time: number
  update_time: number
  download_link: string | null
}

export async function listTasks(
  client: Client,
  flags: { limit: string; offset: string; status?: string; action?: string; links?: boolean },
): Promise<void> {
  const { limit, offset, status, action } = flags
  const { total, data } = await client.get<{ total: number; data: TaskJson[] }>('/v1/cdn/statistics/export-tasks', {
    limit,
    offset,
    ...(status === undefined ? {} : { status }),
    ...(action === undefined ? {} : { action }),
  })
  const rows = data.map((task) => [
    task.task_id,
    task.state,
    task.task_name,
    timeText(task.create_time),
    timeText(task.update_time),
  ])
  print(table(['task', 'state', 'name', 'created (UTC)', 'modified (UTC)'], rows))
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
  const { state } = await client.send<TaskJson>('POST', `${path}/${how}`, {})
  say`task ${id}: ${state}`
}

type DomainJson = { domain_name: string; account_id: string | null; with_history?: boolean | null }

export async function listDomains(client: Client): Promise<void> {
  const { domains } = await client.get<{ domains: DomainJson[] }>('/api/v1/domains')
  const historyOf = ({ with_history: withHistory }: DomainJson) =>
    ({ true: 'whole', false: 'its own' })[String(withHistory ?? null)] ?? '-'
  print(
    table(
      ['domain', 'account', 'history'],
      domains.map((one) => [one.domain_name, one.account_id ?? '(the first)', historyOf(one)]),
    ),
  )
}

export async function claimDomain(
  client: Client,
  name: string,
  accountId: string,
  flags: { withHistory?: boolean; withoutHistory?: boolean },
): Promise<void> {
  if (flags.withHistory && flags.withoutHistory) throw new ClientError('--with-history and --without-history: say one')
  const asked = flags.withHistory || flags.withoutHistory ? { with_history: flags.withHistory === true } : {}
  const path = `/api/v1/domains/${encodeURIComponent(name)}`
  const answer = await client.send<DomainJson>('PUT', path, { account_id: accountId, ...asked })
  const seen = answer.with_history ? 'with all that counted before' : 'without what counted before it had the domain'
  say`${name} belongs to ${accountId}, ${seen}`
}

export async function releaseDomain(client: Client, name: string): Promise<void> {
  await client.send('DELETE', `/api/v1/domains/${encodeURIComponent(name)}`)
  say`${name} belongs to the first account`
}

import { createHash } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { TaskAnswer } from '../exports/task-view.ts'
import { type Client, ClientError, exchange } from './client.ts'
import { bytesText, createProgressBar, grouped } from './progress-bar.ts'
import { printJson } from './terminal.ts'

type ExportFlags = {
  action?: string
  domain?: string
  start?: string
  end?: string
  interval?: string
  groupBy?: string
  serviceArea?: string
  statType?: string
  country?: string
  province?: string
  isp?: string
  language?: string
  limit?: string
  format?: string
  compression?: string
  taskName?: string
  coverageColumn?: boolean
  requireFinal?: string | boolean
  requireFinalWaitSeconds?: string
  webhookUrl?: string
  output: string
}

const pollMs = 100

/**
 * Creates a task, waits for it, downloads its file and checks the file's digest.
 * @throws ClientError when any of it fails; nothing lies at the output path then
 */
export async function exportFile(client: Client, flags: ExportFlags): Promise<void> {
  const bar = createProgressBar(process.stderr, flags.output)
  const { task_id: taskId } = await client.send<{ task_id: string }>(
    'POST',
    '/v1/cdn/statistics/export-tasks',
    requestOf(flags),
  )
  const task = await untilEnded(client, taskId, (now) =>
    bar.update(now.progress.percent / 100, `${now.state}, ${grouped(now.progress.rows)} rows`),
  )
  if (task.error) throw new ClientError(`Task ${taskId} failed: ${task.error.error_code}: ${task.error.error_msg}`)
  if (task.state !== 'success') throw new ClientError(`Task ${taskId} has no file: its state is ${task.state}`)
  const files = task.files.map((file) => ({ file, path: outputPath(flags.output, task.file_name ?? '', file.name) }))
  try {
    for (const { file, path } of files)
      await download(client, file, unfinished(path), (fraction) => bar.update(fraction, 'downloading'))
    // The main file last: where it lies, all that belongs to it does.
    for (const { path } of files.toReversed()) await rename(unfinished(path), path)
  } finally {
    for (const { path } of files) await rm(unfinished(path), { force: true })
  }
  bar.end(`${grouped(task.rows ?? 0)} rows, ${bytesText(task.bytes ?? 0)}, sha256 ${task.sha256}, task ${taskId}`)
}

/**
 * Where each file of a task goes: the main one to the asked path, its manifest beside it, and a further table's file beside
 * it too, under the path with the table's name.
 */
export function outputPath(output: string, mainName: string, name: string): string {
  // A server that is not ours might name a path.
  if (!/^[\w.-]+$/.test(name)) throw new ClientError('The server names a file as none is named')
  if (name === mainName) return output
  if (name.startsWith(mainName)) return output + name.slice(mainName.length)
  const [base = '', ...extensions] = mainName.split('.')
  const table = name.slice(base.length, name.length - extensions.join('.').length - 1)
  const [, stem = output, ending = ''] = /^(.*?)((?:\.[A-Za-z0-9]+)*)$/.exec(output) ?? []
  return `${stem}${table}${ending}`
}

/** Prints what the file would be. */
export async function showPreflight(client: Client, flags: ExportFlags): Promise<void> {
  const answer = await client.send('POST', '/api/v1/export-tasks/preflight', requestOf(flags))
  printJson(answer)
}

/** The body of a create: what was not asked is left to the server. */
export function requestOf(flags: ExportFlags): Record<string, unknown> {
  const asked = {
    action: flags.action,
    domain_name: flags.domain,
    start_time: timeMsOf('--start', flags.start),
    end_time: timeMsOf('--end', flags.end),
    interval: flags.interval, // as text: the server says what is wrong with it
    group_by: flags.groupBy,
    service_area: flags.serviceArea,
    stat_type: flags.statType,
    country: flags.country,
    province: flags.province,
    isp: flags.isp,
    language: flags.language,
    limit: flags.limit,
    format: flags.format,
    compression: flags.compression,
    task_name: flags.taskName,
    coverage_column: flags.coverageColumn,
    require_final: flags.requireFinal,
    require_final_wait_seconds: flags.requireFinalWaitSeconds,
    webhook_url: flags.webhookUrl,
  }
  return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined))
}

/** Unix ms, or a time with its zone: without one it would be this machine's, which nobody can see in the command. */
export function timeMsOf(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^\d+$/.test(text)) return Number(text)
  const timeMs = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text) ? Date.parse(text) : Number.NaN
  if (Number.isNaN(timeMs)) throw new ClientError(`${flag}: write a time as 2026-10-01T00:00:00+08:00, or unix ms`)
  return timeMs
}

async function untilEnded(client: Client, taskId: string, onProgress: (task: TaskAnswer) => void): Promise<TaskAnswer> {
  for (;;) {
    const task = await client.get<TaskAnswer>(`/api/v1/export-tasks/${taskId}`)
    if (task.state !== 'waiting' && task.state !== 'processing') return task
    onProgress(task)
    await delay(pollMs)
  }
}

/** Files are written beside their targets and renamed: one under the asked name is whole and checked. */
const unfinished = (path: string) => `${path}.unfinished`

async function download(
  client: Client,
  expected: TaskAnswer['files'][number],
  path: string,
  onProgress: (fraction: number) => void,
) {
  if (expected.download_link === null) throw new ClientError(`The link of ${expected.name} has expired`)
  const file = await open(path, 'w')
  let answer: IncomingMessage | undefined
  try {
    const link = new URL(expected.download_link)
    answer = await exchange(link, 'GET', {}, Readable.from([]), { certificate: client.certificateOf(link) })
    if (answer.statusCode !== 200) throw new ClientError(`The download answered HTTP ${answer.statusCode}`)
    const hash = createHash('sha256')
    let bytes = 0
    for await (const piece of answer) {
      hash.update(piece as Buffer)
      await file.appendFile(piece as Buffer)
      bytes += (piece as Buffer).length
      onProgress(bytes / (expected.bytes || 1))
    }
    await file.sync()
    if (hash.digest('hex') !== expected.sha256)
      throw new ClientError('The downloaded file is not the one that was made')
  } finally {
    answer?.destroy() // what is not read of it would keep the process
    await file.close()
  }
}

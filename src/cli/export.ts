import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { open, rename, rm } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { basename } from 'node:path'
import { Readable } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import type { TaskAnswer } from '../exports/task-view.ts'
import type { PreflightAnswer } from '../exports/tasks/preflight.ts'
import { type Client, ClientError, exchange } from './client.ts'
import { type ExportFlags, exportBody } from './export-body.ts'
import { assertWritable, formatOfOutput, outputPath } from './output-path.ts'
import { ownAccount } from './own-account.ts'
import { bytesText, createProgressBar, grouped } from './progress-bar.ts'
import { timeText } from './table.ts'
import { printJson, sayAside } from './terminal.ts'
import { trafficLines } from './traffic-text.ts'

const pollMs = 100

/**
 * Creates a task, waits for it, downloads its file, checks the file's digest, and says what it holds of the traffic.
 * @returns the preflight of the file, or the text of its refusal
 * @throws ClientError when any of it fails; nothing lies at the output path then
 */
export async function exportFile(
  client: Client,
  flags: ExportFlags & { output: string },
  environment: NodeJS.ProcessEnv,
): Promise<PreflightAnswer | string> {
  const body = await bodyOf(client, flags, environment)
  await assertWritable(flags.output, null)
  const expected = await preflightOf(client, body)
  const isPlain = body['compression'] === undefined || body['compression'] === 'none'
  await assertWritable(flags.output, isPlain && typeof expected !== 'string' ? expected.bytes : null)
  const { task_id: taskId } = await client.send<{ task_id: string }>('POST', '/v1/cdn/statistics/export-tasks', body)
  await fetchFiles(client, taskId, flags.output)
  if (typeof expected === 'string') {
    sayAside`traffic: not compared with the whole range. ${expected}`
    return expected
  }
  const hasPlaceFilter = [flags.country, flags.province, flags.isp].some((filter) => filter !== undefined)
  const isTopList = flags.action?.startsWith('top_') ?? false
  const isBill = flags.action?.startsWith('bill') ?? false
  for (const line of trafficLines(expected, { hasPlaceFilter, isTopList, isBill })) sayAside`${line}`
  return expected
}

/** Waits for a task that exists and downloads its files. @throws ClientError as above */
export async function downloadTask(client: Client, taskId: string, flags: { output?: string }): Promise<void> {
  const task = await showTask(client, taskId)
  const { format, compression } = task.effective
  formatOfOutput({ ...flags, format, compression })
  const output = flags.output ?? task.file_name ?? (await untilEnded(client, taskId, () => undefined)).file_name
  if (output === null) throw noFile(await showTask(client, taskId))
  await assertWritable(output, task.bytes)
  await fetchFiles(client, taskId, output)
}

const showTask = (client: Client, taskId: string) =>
  client.get<TaskAnswer>(`/api/v1/export-tasks/${encodeURIComponent(taskId)}`)

/**
 * Describes the file. A refusal is answered as its text: a preflight is bounded more tightly than a task, and the create
 * itself refuses a wrong request.
 */
async function preflightOf(client: Client, body: object): Promise<PreflightAnswer | string> {
  try {
    return await client.send<PreflightAnswer>('POST', '/api/v1/export-tasks/preflight', body)
  } catch (error) {
    if (error instanceof ClientError) return error.message
    throw error
  }
}

async function fetchFiles(client: Client, taskId: string, output: string): Promise<void> {
  const bar = createProgressBar(process.stderr, output)
  const interrupted = onInterrupt(taskId, output)
  try {
    const sayWait = waitSayer()
    const task = await untilEnded(client, taskId, (now) => {
      bar.update(now.progress.percent / 100, `${now.state}, ${grouped(now.progress.rows)} rows`)
      sayWait(now)
    })
    if (task.state !== 'success') throw noFile(task)
    await downloadFiles(client, task, output, (fraction) => bar.update(fraction, 'downloading'))
    bar.end(`${rowsText(task, output)}, ${bytesText(task.bytes ?? 0)}, sha256 ${task.sha256}, task ${taskId}`)
  } catch (error) {
    if (!(error instanceof ClientError && error.isUnanswered)) throw error
    throw new ClientError(`${error.message}. ${goesOn(taskId, output)}`, { cause: error })
  } finally {
    interrupted.end()
  }
}

/** The file's own rows, and those of the other files of its tables, by the names that they have beside `output`. */
function rowsText({ rows, files, file_name: main }: TaskAnswer, output: string): string {
  const others = files.filter((file) => file.rows !== null && file.name !== main)
  const own = files.find((file) => file.name === main)?.rows ?? rows ?? 0
  const more = others.map(
    (file) => `${grouped(file.rows ?? 0)} in ${basename(outputPath(output, main ?? '', file.name))}`,
  )
  return [`${grouped(own)} rows`, ...more].join(', ')
}

/** Pause between lines about a wait: its reason may change every second while a backlog is loaded. */
const sayWaitMs = 30_000

/** Says what a task with --require-final waits for, at once and whenever that has changed. */
function waitSayer(): (task: TaskAnswer) => void {
  let [said, saidAtMs]: [string | null, number] = [null, 0]
  return ({ waits_for: reason, waits_until: untilMs }) => {
    if (reason === null || reason === said || Date.now() - saidAtMs < sayWaitMs) return
    said = reason
    saidAtMs = Date.now()
    const until = untilMs === null ? '' : `, until ${timeText(untilMs)} UTC`
    sayAside`waits for final figures${until}: ${reason}`
  }
}

const noFile = ({ task_id: taskId, state, error }: TaskAnswer) =>
  new ClientError(
    error
      ? `Task ${taskId} failed: ${error.error_code}: ${error.error_msg}`
      : `Task ${taskId} has no file: its state is ${state}`,
  )

/** A server that ended does its tasks at its next start. */
const goesOn = (taskId: string, output: string) =>
  `Task ${taskId} goes on at the server. Its file: fluxport tasks download ${taskId} --output ${output}`

/** Ctrl-C ends this command and not the task: says which goes on, and how its file is fetched. */
function onInterrupt(taskId: string, output: string) {
  const onSignal = () => {
    sayAside`\n${goesOn(taskId, output)}`
    for (const path of begun) rmSync(path, { force: true })
    process.exit(130)
  }
  process.once('SIGINT', onSignal)
  return { end: () => process.off('SIGINT', onSignal) }
}

async function downloadFiles(
  client: Client,
  task: TaskAnswer,
  output: string,
  onProgress: (fraction: number) => void,
): Promise<void> {
  const files = task.files.map((file) => ({ file, path: outputPath(output, task.file_name ?? '', file.name) }))
  try {
    for (const { file, path } of files) await download(client, file, unfinished(path), onProgress)
    // The main file is renamed last: once it exists, all its other files do.
    for (const { path } of files.toReversed()) await rename(unfinished(path), path)
  } finally {
    for (const { path } of files) await rm(unfinished(path), { force: true })
  }
}

/** Prints a description of the file without making it. */
export async function showPreflight(client: Client, flags: ExportFlags, environment: NodeJS.ProcessEnv): Promise<void> {
  printJson(await client.send('POST', '/api/v1/export-tasks/preflight', await bodyOf(client, flags, environment)))
}

const bodyOf = async (client: Client, flags: ExportFlags, environment: NodeJS.ProcessEnv) =>
  exportBody(flags, (await ownAccount(client)).defaults, environment)

async function untilEnded(client: Client, taskId: string, onProgress: (task: TaskAnswer) => void): Promise<TaskAnswer> {
  for (;;) {
    const task = await showTask(client, taskId)
    if (task.state !== 'waiting' && task.state !== 'processing') return task
    onProgress(task)
    await delay(pollMs)
  }
}

/** Follows a server's redirect to its bucket, once. */
async function atStore(redirect: IncomingMessage): Promise<IncomingMessage> {
  redirect.resume()
  const { location = '' } = redirect.headers
  if (!URL.canParse(location)) throw new ClientError('The download was redirected to no address')
  return await exchange(new URL(location), 'GET', {}, Readable.from([]))
}

/** Files are written beside their targets and renamed: a file under the final name is whole and checked. */
const unfinished = (path: string) => `${path}.unfinished`
/** Unfinished files that lie on the disk now. */
const begun = new Set<string>()

async function download(
  client: Client,
  expected: TaskAnswer['files'][number],
  path: string,
  onProgress: (fraction: number) => void,
) {
  if (expected.download_link === null) throw new ClientError(`The link of ${expected.name} has expired`)
  const file = await open(path, 'w')
  begun.add(path)
  let answer: IncomingMessage | undefined
  try {
    const link = new URL(expected.download_link)
    answer = await exchange(link, 'GET', {}, Readable.from([]), { certificate: client.certificateOf(link) })
    if (answer.statusCode === 302) answer = await atStore(answer)
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
    answer?.destroy() // an unread rest would keep the process alive
    await file.close()
  }
}

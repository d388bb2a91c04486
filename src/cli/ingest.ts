import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type Client, ClientError } from './client.ts'
import { bytesText, createProgressBar, grouped, type ProgressBar } from './progress-bar.ts'

export type IngestFlags = {
  format: string
  domain?: string
  source?: string
  serviceArea?: string
  logZone?: string
  force?: boolean
}

/** What of a batch's JSON the command shows. */
type BatchJson = {
  batch_id: number
  state: string
  lines: number | null
  requests: number | null
  rejected_lines: number | null
  flux: number | null
  already_loaded_as: number | null
  error: { error_code: string; error_msg: string } | null
  progress: { read_lines: number; read_bytes: number } | null
}

/** How often a terminal's bar moves; without one the server answers at the end. */
const progressMs = 200
const patienceMs = 20_000

/**
 * Loads files, one after another, `-` being standard input.
 * @returns false when one failed; the others are loaded all the same
 */
export async function ingest(client: Client, files: string[], flags: IngestFlags): Promise<boolean> {
  let allLoaded = true
  for (const file of files) {
    const bar = createProgressBar(process.stderr, file === '-' ? '(stdin)' : basename(file))
    try {
      bar.end(outcomeText(await ingestOne(client, file, flags, bar)))
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      allLoaded = false
      bar.end(`failed: ${error.message}`)
    }
  }
  return allLoaded
}

async function ingestOne(client: Client, file: string, flags: IngestFlags, bar: ProgressBar): Promise<BatchJson> {
  const size = file === '-' ? null : await sizeOf(file)
  const batch = await deliver(client, file, flags)
  return await untilEnded(client, batch, size, bar)
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => null)
  if (!found) throw new ClientError('there is no such file')
  if (!found.isFile()) throw new ClientError('it is not a file')
  return found.size
}

/** On the server's own host the path is handed over; from elsewhere, or a pipe, the bytes are. */
async function deliver(client: Client, file: string, flags: IngestFlags): Promise<BatchJson> {
  const parameters = {
    name: file === '-' ? 'stdin' : basename(file),
    format: flags.format,
    domain: flags.domain,
    source: flags.source,
    service_area: flags.serviceArea,
    log_zone: flags.logZone,
    force: flags.force,
    wait: false,
  }
  if (client.localToken !== null && file !== '-') {
    const headers = { 'X-Fluxport-Local-Token': client.localToken }
    return await client.send('POST', '/api/v1/log-batches/local-file', { ...parameters, path: resolve(file) }, headers)
  }
  const body = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 })
  return await client.upload('/api/v1/log-batches', parameters, body)
}

async function untilEnded(client: Client, batch: BatchJson, size: number | null, bar: ProgressBar): Promise<BatchJson> {
  const waitMs = process.stderr.isTTY ? progressMs : patienceMs
  for (;;) {
    const now = await client.get<BatchJson>(`/api/v1/log-batches/${batch.batch_id}`, { wait_ms: waitMs })
    if (now.state === 'failed') throw new ClientError(`${now.error?.error_code}: ${now.error?.error_msg}`)
    if (now.state !== 'queued' && now.state !== 'loading') return now
    const { read_lines: lines = 0, read_bytes: bytes = 0 } = now.progress ?? {}
    bar.update(size ? bytes / size : null, now.state === 'queued' ? 'waits for its turn' : `${grouped(lines)} lines`)
  }
}

function outcomeText(batch: BatchJson): string {
  if (batch.state === 'duplicate') return `already loaded, batch ${batch.already_loaded_as}`
  if (batch.lines === 0) return `batch ${batch.batch_id}: the log is empty, nothing to load`
  const rejected = batch.rejected_lines
    ? `, ${grouped(batch.rejected_lines)} lines rejected (fluxport batches show ${batch.batch_id})`
    : ''
  return `batch ${batch.batch_id}: ${grouped(batch.requests ?? 0)} requests, ${bytesText(batch.flux ?? 0)}${rejected}`
}

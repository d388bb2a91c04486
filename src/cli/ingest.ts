import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import type { BatchAnswer } from '../ingest/batch-view.ts'
import { type Client, ClientError } from './client.ts'
import { bytesText, createProgressBar, grouped, type ProgressBar } from './progress-bar.ts'

export type IngestFlags = {
  format: string
  domain?: string
  domainInName?: string
  source?: string
  serviceArea?: string
  logZone?: string
  countAlso?: string
  force?: boolean
  overlap: string
  rejectedPercentMax?: string
}

type TakenJson = { batch_id: number | null; error: BatchAnswer['error'] }

/** A file that the server has, as a batch. */
type Delivered = { batchId: number; sizeBytes: number | null }

/** Interval of a terminal's progress bar; without a terminal the server answers at the end. */
const progressMs = 200
const patienceMs = 20_000
/** Most files handed over at once, and most rounds before the first file is loaded: small files load together. */
const filesAtOnceMax = 200
const aheadMax = 3
/** The error code for a key whose role does not allow a request. */
const roleRefused = 'CDN.0004'

/**
 * Loads files in their order; `-` is standard input.
 * @returns false when one failed; the others are loaded nevertheless
 */
export async function ingest(client: Client, files: string[], flags: IngestFlags): Promise<boolean> {
  const wait = createWaiting(client)
  let allLoaded = true
  for await (const { file, delivered } of deliveries(client, files, flags)) {
    const bar = createProgressBar(process.stderr, file === '-' ? '(stdin)' : basename(file))
    try {
      if (delivered instanceof ClientError) throw delivered
      bar.end(outcomeText(await wait(delivered, bar)))
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      allLoaded = false
      bar.end(failureText(delivered, error))
    }
  }
  return allLoaded
}

/** A server that ends has kept each batch that it took, and knows a file again by its bytes. */
function failureText(delivered: Delivered | ClientError, error: ClientError): string {
  if (!error.isUnanswered) return `failed: ${error.message}`
  return delivered instanceof ClientError
    ? `not known to be taken: ${error.message}; no file counts twice`
    : `batch ${delivered.batchId} is kept, and loads when the server runs: fluxport batches show ${delivered.batchId}. ${error.message}`
}

/** Hands the files over in their order, some of them ahead of the one that is awaited. */
async function* deliveries(client: Client, files: string[], flags: IngestFlags) {
  const isLocal = client.localToken !== null && !files.includes('-')
  const size = isLocal ? filesAtOnceMax : 1
  const chunks = Array.from({ length: Math.ceil(files.length / size) }, (_, n) => files.slice(n * size, (n + 1) * size))
  const underWay: Promise<(Delivered | ClientError)[]>[] = []
  for (const [index, chunk] of chunks.entries()) {
    while (underWay.length < Math.min(chunks.length, index + aheadMax * (isLocal ? 1 : filesAtOnceMax))) {
      const next = chunks[underWay.length] as string[]
      const before = underWay.at(-1)?.catch(() => undefined)
      const delivering = Promise.resolve(before).then(() => deliver(client, next, flags, isLocal))
      delivering.catch(() => undefined) // reported when its turn comes
      underWay.push(delivering)
    }
    const delivered = (await underWay[index]) ?? []
    for (const [at, file] of chunk.entries()) yield { file, delivered: delivered[at] as Delivered | ClientError }
  }
}

/**
 * On the server's own host paths are handed over. The bytes are sent from elsewhere, from a pipe, or by an ingest key.
 */
async function deliver(client: Client, files: string[], flags: IngestFlags, isLocal: boolean) {
  const sizes = await Promise.all(files.map((file) => (file === '-' ? null : sizeOf(file).catch(asClientError))))
  const there = files.filter((_, index) => !(sizes[index] instanceof ClientError))
  const handedOver = isLocal ? await unlessRefused(handOver(client, there, flags)) : null
  const taken = handedOver ?? (await uploadAll(client, there, flags))
  return sizes.map((sizeBytes): Delivered | ClientError => {
    if (sizeBytes instanceof ClientError) return sizeBytes
    const { batch_id: batchId, error } = taken.shift() as TakenJson
    return batchId === null ? errorOf(error) : { batchId, sizeBytes }
  })
}

async function sizeOf(file: string): Promise<number> {
  const found = await stat(file).catch(() => null)
  if (!found) throw new ClientError('there is no such file')
  if (!found.isFile()) throw new ClientError('it is not a file')
  return found.size
}

function asClientError(error: unknown): ClientError {
  if (!(error instanceof ClientError)) throw error
  return error
}

const errorOf = (error: BatchAnswer['error']) => new ClientError(`${error?.error_code}: ${error?.error_msg}`)

const quarantinedAs = ({ batch_id: id, error }: BatchAnswer) =>
  new ClientError(
    `batch ${id} is quarantined, nothing of it counts: ${error?.error_code}: ${error?.error_msg}. fluxport batches show ${id}` +
      ` has its rejected lines; batches accept ${id} counts the others, batches forget ${id} drops it`,
  )

const parametersOf = (flags: IngestFlags) => ({
  format: flags.format,
  domain: flags.domain,
  source: flags.source,
  service_area: flags.serviceArea,
  log_zone: flags.logZone,
  domain_in_name: flags.domainInName,
  count_also: flags.countAlso,
  force: flags.force,
  overlap: flags.overlap,
  rejected_percent_max: flags.rejectedPercentMax, // sent as text: the server explains a wrong value
})

async function handOver(client: Client, files: string[], flags: IngestFlags): Promise<TakenJson[]> {
  if (files.length === 0) return []
  const body = { ...parametersOf(flags), paths: files.map((file) => resolve(file)) }
  const headers = { 'X-Fluxport-Local-Token': client.localToken ?? '' }
  const path = '/api/v1/log-batches/local-files'
  return (await client.send<{ files: TakenJson[] }>('POST', path, body, headers)).files
}

/** One after another: each file is read whole, and the server holds every body in progress. */
async function uploadAll(client: Client, files: string[], flags: IngestFlags): Promise<TakenJson[]> {
  const taken: TakenJson[] = []
  for (const file of files) taken.push(await upload(client, file, flags))
  return taken
}

/** Null where the key's role does not allow the request: an ingest key names no paths, and lists no batches. */
async function unlessRefused<T>(asked: Promise<T>): Promise<T | null> {
  return await asked.catch((error: unknown) => {
    if (error instanceof ClientError && error.code === roleRefused) return null
    throw error
  })
}

/** After a refusal for too many requests it waits and retries, except for a pipe, which is read once. */
async function upload(client: Client, file: string, flags: IngestFlags): Promise<TakenJson> {
  const name = file === '-' ? 'stdin' : basename(file)
  for (;;) {
    const body = file === '-' ? process.stdin : createReadStream(file, { highWaterMark: 1 << 20 })
    try {
      const query = { ...parametersOf(flags), name, wait: false }
      const { batch_id } = await client.upload<BatchAnswer>('/api/v1/log-batches', query, body)
      return { batch_id, error: null }
    } catch (error) {
      if (!(error instanceof ClientError) || error.retryAfterSeconds === null || file === '-') throw error
      await delay(error.retryAfterSeconds * 1000)
    }
  }
}

/** Waits for batches in their order. One answer covers many, as batches loaded together end together. */
function createWaiting(client: Client) {
  const known = new Map<number, BatchAnswer>()
  const isOver = (batch: BatchAnswer) => batch.state !== 'queued' && batch.state !== 'loading'
  const waitMs = process.stderr.isTTY ? progressMs : patienceMs
  let mayList = true
  const rememberEnded = async (after: number) => {
    const list = client.get<{ batches: BatchAnswer[] }>('/api/v1/log-batches', { limit: 1_000 })
    const answer = await unlessRefused(list)
    mayList = answer !== null
    for (const batch of answer?.batches ?? [])
      if (isOver(batch) && batch.batch_id > after) known.set(batch.batch_id, batch)
  }
  return async ({ batchId, sizeBytes }: Delivered, bar: ProgressBar): Promise<BatchAnswer> => {
    for (;;) {
      const path = `/api/v1/log-batches/${batchId}`
      const now = known.get(batchId) ?? (await client.get<BatchAnswer>(path, { wait_ms: waitMs }))
      if (now.state === 'failed') throw errorOf(now.error)
      if (now.state === 'quarantined') throw quarantinedAs(now)
      if (isOver(now)) {
        if (!known.delete(batchId) && mayList) await rememberEnded(batchId)
        return now
      }
      const { read_lines: lines = 0, read_bytes: bytes = 0 } = now.progress ?? {}
      const waits = now.state === 'queued' ? 'waits for its turn' : `${grouped(lines)} lines`
      bar.update(sizeBytes ? bytes / sizeBytes : null, waits)
    }
  }
}

function outcomeText(batch: BatchAnswer): string {
  if (batch.state === 'duplicate') return `already loaded, batch ${batch.already_loaded_as}`
  if (batch.lines === 0) return `batch ${batch.batch_id}: the log is empty, nothing to load`
  const ofNoVisitor = batch.rejected_by_reason?.find(({ reason }) => reason === 'not_a_visitor')?.lines
  const askers = ofNoVisitor ? `, ${grouped(ofNoVisitor)} of them of no visitor: --count-also` : ''
  const rejected = batch.rejected_lines
    ? `, ${grouped(batch.rejected_lines)} lines rejected (fluxport batches show ${batch.batch_id}${askers})`
    : ''
  const twice = batch.overlap
    ? `, ${grouped(batch.overlap.requests)} of them in batch ${batch.overlap.batch_ids.join(', ')} as well`
    : ''
  return `batch ${batch.batch_id}: ${grouped(batch.requests ?? 0)} requests, ${bytesText(batch.flux ?? 0)}${twice}${rejected}`
}

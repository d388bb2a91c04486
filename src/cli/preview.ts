import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { compressionOf, contentBytes } from '../ingest/identify/content.ts'
import { createReaders } from '../readers/readers.ts'
import { visibleText } from '../visible-text.ts'
import { type Client, ClientError } from './client.ts'
import type { IngestFlags } from './ingest.ts'
import { bytesText, grouped } from './progress-bar.ts'
import { timeText } from './table.ts'
import { print, say } from './terminal.ts'

/** The part of a preview's JSON that the command shows. */
type PreviewJson = {
  format: string
  title: string
  lines: {
    line_number: number
    reason: string | null
    broken_at: string | null
    line: string
    request: RequestJson | null
  }[]
}
type RequestJson = {
  time: number
  domain: string
  client: string
  method: string
  target: string
  status: number
  bytes: number
  cache: string
  duration_ms: number
  country: string
  province: string
  carrier: string
}

/** `formats`: a file of formats to try, as the server's `--formats`. */
export type PreviewFlags = IngestFlags & { formats?: string }

/** Lines of a file shown on a terminal, of those that the server is asked about: a format may show only below comments. */
const linesShown = 10
const linesMax = 100
const lineCharactersMax = 65_536
const sampleBytes = 65_536
/** The largest limits: the server itself decides whether it takes the file. */
const ownLimits = { ratioMax: 1_000_000, zstdWindowBytesMax: 128 * 1024 ** 2 }

/**
 * Shows how the first lines of each file would be loaded; nothing is loaded.
 * @returns false when a file cannot be read, or its format is not known
 */
export async function preview(client: Client, files: string[], flags: PreviewFlags): Promise<boolean> {
  const formats = flags.formats === undefined ? undefined : await entriesOf(flags.formats)
  let areAllUnderstood = true
  for (const file of files) {
    try {
      print(textOf(basename(file), await previewOne(client, file, flags, formats)))
    } catch (error) {
      if (!(error instanceof ClientError)) throw error
      areAllUnderstood = false
      say`${basename(file)}  failed: ${error.message}`
    }
  }
  return areAllUnderstood
}

/** The server's reading of a file's first lines. @throws ClientError when the file or the request is not as it should be */
export async function previewOne(
  client: Client,
  file: string,
  flags: Partial<PreviewFlags>,
  formats?: unknown,
): Promise<PreviewJson> {
  if (file === '-') throw new ClientError('standard input cannot be looked at without being read: name a file')
  const lines = firstLines(await firstBytes(file))
  const seen: PreviewJson = await client.send('POST', '/api/v1/log-batches/preview', {
    name: basename(file),
    format: flags.format,
    domain: flags.domain,
    source: flags.source,
    service_area: flags.serviceArea,
    log_zone: flags.logZone,
    domain_in_name: flags.domainInName,
    count_also: flags.countAlso,
    formats,
    lines: lines.slice(0, linesMax).map((line) => line.slice(0, lineCharactersMax)),
  })
  return { ...seen, lines: seen.lines.slice(0, linesShown) }
}

/** Whole lines: the last one is left out if it is empty, or may be cut. */
function firstLines(bytes: Buffer): string[] {
  const lines = bytes.toString('utf8').split('\n')
  const isCut = bytes.length >= sampleBytes
  if (lines.length > 1 && (isCut || lines.at(-1) === '')) lines.pop()
  return lines
}

/** @throws ClientError when the file cannot be read or is no JSON; the server checks the rest */
async function entriesOf(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch(() => {
    throw new ClientError(`--formats: ${path} cannot be read`)
  })
  try {
    return JSON.parse(text)
  } catch {
    throw new ClientError(`--formats: ${path} is not JSON`)
  }
}

/** The first bytes of a log, out of its archive. @throws ClientError when there are none */
export async function firstBytes(path: string): Promise<Buffer> {
  const readers = createReaders(ownLimits)
  try {
    const content = { path, compression: await compressionOf(path) }
    const options = { lane: 'look', bytesMax: sampleBytes, opens: true } as const
    const pieces: Buffer[] = []
    for await (const piece of contentBytes(content, { readers, turnOf: '' }, options)) pieces.push(piece)
    if (pieces.some((piece) => piece.length > 0)) return Buffer.concat(pieces)
  } catch (error) {
    throw new ClientError(error instanceof Error ? error.message : 'it cannot be read')
  } finally {
    await readers.stop()
  }
  throw new ClientError('the log is empty')
}

/** A preview as text for a terminal. */
export const textOf = (name: string, { format, title, lines }: PreviewJson): string =>
  [`${name}  ${format}: ${title}`, ...lines.map(lineText)].map(visibleText).join('\n')

function lineText({ line_number, reason, broken_at, line, request }: PreviewJson['lines'][number]): string {
  const number = String(line_number).padStart(4)
  const where = broken_at === null ? '' : `, at ${broken_at}`
  if (!request) return `${number}  does not count (${reason}${where}): ${JSON.stringify(line.slice(0, 120))}`
  const place = [request.country, request.province, request.carrier].filter((part) => part !== '').join(' ')
  const parts = [
    `${timeText(request.time)} UTC`,
    request.domain,
    `${request.method || '-'} ${request.target || '-'}`,
    `status ${request.status}`,
    `${grouped(request.bytes)} bytes (${bytesText(request.bytes)})`,
    request.cache === 'unknown' ? 'cache not logged' : request.cache,
    `${grouped(request.duration_ms)} ms`,
    `client ${request.client}${place && ` (${place})`}`,
  ]
  return `${number}  ${parts.join(' · ')}`
}

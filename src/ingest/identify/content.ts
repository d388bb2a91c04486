import { createHash, type Hash } from 'node:crypto'
import { type BigIntStats, createReadStream, createWriteStream } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { tooLong } from '../../disk/spool.ts'
import { AppError, codeOf } from '../../errors.ts'
import type { DeliveredContent } from '../../ledger/batches.ts'
import { type Compression, compressionOfHead, magicBytes, needsReader } from '../../ports/warehouse/decompress.ts'
import { ReaderLost, ReadRefused } from '../../readers/jobs.ts'
import { firstBytes, withinRatio } from '../../readers/read-content.ts'
import type { Readers, RunOptions } from '../../readers/readers.ts'

/** Recognition reads at most this many bytes of a log. */
const sampleBytes = 65_536

/** A client may make the first line this long, behind which the format is to be recognised. */
export const longLineBytes = 2 * 1024 ** 2

/** Longer than any log line: content without a line end within it is not a log. */
const lineBytesMax = 64 * 1024 ** 2
const newline = 0x0a

/** Results of reading a log's whole decompressed content. `sha256At` holds the requested digests. */
export type ContentScan = {
  sizeBytes: number
  sha256: string
  sha256At: Map<number, string>
  endsWithNewline: boolean
  /** Number of lines, including an unended last one; null when not requested. */
  lines: number | null
}

/** A file's compression, by its first bytes. */
export async function compressionOf(path: string): Promise<Compression> {
  const file = await open(path, 'r')
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(magicBytes), 0, magicBytes, 0)
    return compressionOfHead(buffer.subarray(0, bytesRead))
  } finally {
    await file.close()
  }
}

/** The reader processes, and the account that they read for. */
export type Reading = { readers: Readers; turnOf: string }

/**
 * Decompressed bytes, in pieces.
 * @throws AppError FLUXPORT.0102 when they cannot be read whole, FLUXPORT.0108 when they exceed a limit of reading;
 *   ReaderLost when the process that read them ended
 */
export async function* contentBytes(
  log: DeliveredContent,
  { readers, turnOf }: Reading,
  options: { signal?: AbortSignal; lane?: RunOptions['lane']; bytesMax?: number; opens?: boolean } = {},
): AsyncGenerator<Buffer> {
  const { signal, lane = 'load', bytesMax = null, opens = false } = options
  try {
    if (needsReader(log.compression) || opens) {
      const { path, compression } = log
      const job = {
        kind: 'decode',
        from: { path },
        compression,
        opens,
        outputBytesMax: bytesMax,
        limits: readers.limits,
      } as const
      yield* readers.run(job, { lane, turnOf, ...(signal ? { signal } : {}) })
    } else yield* firstBytes(nearBytes(log, readers, signal), bytesMax)
  } catch (cause) {
    if (signal?.aborted) throw cause
    throw unreadable(cause, log.compression)
  }
}

/** Plain bytes and gzip, read in this process: zlib works in its own threads. */
async function* nearBytes(log: DeliveredContent, { limits }: Readers, signal?: AbortSignal): AsyncGenerator<Buffer> {
  signal?.throwIfAborted()
  const end = log.endByte === undefined ? {} : { end: log.endByte - 1 }
  const file = createReadStream(log.path, { highWaterMark: 1 << 20, ...end, ...(signal ? { signal } : {}) })
  // A decoder begins to read later: an error before that would have no listener and end the process. Reading throws it.
  file.on('error', () => undefined)
  try {
    for await (const chunk of withinRatio(file, log.compression, limits)) yield asBuffer(chunk)
  } finally {
    file.destroy()
  }
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Codes of the file system that are the sender's fault; any other is temporary, or the server's own fault. */
const sendersCodes = ['ENOENT', 'ENOTDIR', 'EISDIR', 'EACCES', 'EPERM', 'ELOOP', 'ENAMETOOLONG']

function unreadable(cause: unknown, compression: Compression): unknown {
  if (cause instanceof ReaderLost) return cause
  if (cause instanceof ReadRefused)
    return new AppError('FLUXPORT.0108', `The ${compression} content ${cause.message}; nothing was loaded`, { cause })
  if (cause instanceof Error && cause.name === 'ArchiveRefused')
    return new AppError('FLUXPORT.0102', `${cause.message}; nothing was loaded`, { cause })
  const code = codeOf(cause)
  if (cause instanceof Error && 'syscall' in cause && !sendersCodes.includes(code)) return cause
  if (code === 'Z_BUF_ERROR')
    return new AppError('FLUXPORT.0102', 'The gzip content is truncated; nothing was loaded', { cause })
  if (code.startsWith('Z_'))
    return new AppError('FLUXPORT.0102', 'The gzip content is damaged; nothing was loaded', { cause })
  if (code === 'ENOENT') return new AppError('FLUXPORT.0102', 'The file is not there any more', { cause })
  // Only gzip and the file system have codes; the other decoders have none.
  if (compression !== 'none' && compression !== 'gzip' && !code.startsWith('E'))
    return new AppError('FLUXPORT.0102', `The ${compression} content is truncated or damaged; nothing was loaded`, {
      cause,
    })
  return new AppError('FLUXPORT.0102', 'The content cannot be read', { cause })
}

const throwUnreadable = (cause: unknown): never => {
  throw unreadable(cause, 'none')
}

/** The first bytes of the content, decompressed; `isWhole` if they are all of it. @throws as `contentBytes` */
export async function contentSample(
  log: DeliveredContent,
  reading: Reading,
  signal?: AbortSignal,
): Promise<{ sample: Buffer; isWhole: boolean }> {
  const usual = await sampleOf(log, reading, sampleBytes, signal)
  if (usual.isWhole || usual.sample.includes(newline)) return usual
  return await sampleOf(log, reading, longLineBytes + sampleBytes, signal)
}

async function sampleOf(log: DeliveredContent, reading: Reading, bytesMax: number, signal?: AbortSignal) {
  const pieces: Buffer[] = []
  let size = 0
  const options = { lane: 'look', bytesMax: bytesMax + 1, ...(signal ? { signal } : {}) } as const
  for await (const chunk of contentBytes(log, reading, options)) {
    pieces.push(chunk)
    size += chunk.length
  }
  return { sample: Buffer.concat(pieces).subarray(0, bytesMax), isWhole: size <= bytesMax }
}

/**
 * Reads the content once, for its digest and the digests of its first `offsets` bytes.
 * @throws AppError as `contentBytes`, FLUXPORT.0102 when it has no line ends, CDN.0005 when it is too long
 */
export async function scanContent(
  log: DeliveredContent,
  offsets: readonly number[],
  options: Reading & { contentBytesMax: number; signal: AbortSignal; countsLines?: boolean },
): Promise<ContentScan> {
  const hash = createHash('sha256')
  const pending = [...new Set(offsets)].sort((a, b) => a - b)
  const sha256At = new Map<number, string>()
  let sizeBytes = 0
  let lineStart = 0
  let lastByte = newline
  let lineEnds = 0
  for await (const chunk of contentBytes(log, options, { signal: options.signal })) {
    const end = sizeBytes + chunk.length
    let hashed = 0
    while (pending[0] !== undefined && pending[0] <= end) {
      const offset = pending.shift() as number
      hash.update(chunk.subarray(hashed, offset - sizeBytes))
      hashed = offset - sizeBytes
      sha256At.set(offset, digestOf(hash))
    }
    hash.update(chunk.subarray(hashed))
    const lastNewline = chunk.lastIndexOf(newline)
    if (lastNewline >= 0) lineStart = sizeBytes + lastNewline + 1
    if (options.countsLines) lineEnds += newlinesIn(chunk)
    sizeBytes = end
    lastByte = chunk[chunk.length - 1] ?? lastByte
    if (sizeBytes - lineStart > lineBytesMax)
      throw new AppError('FLUXPORT.0102', 'This is not a log: it has no line ends')
    if (sizeBytes > options.contentBytesMax) throw tooLong(options.contentBytesMax)
  }
  const endsWithNewline = lastByte === newline
  const lines = options.countsLines ? lineEnds + (endsWithNewline ? 0 : 1) : null
  return { sizeBytes, sha256: hash.digest('hex'), sha256At, endsWithNewline, lines }
}

const digestOf = (hash: Hash) => hash.copy().digest('hex')

/**
 * Changes whenever content was written to. While a file grows its delivered beginning stays, and so does the identity;
 * null when the file is now shorter than that beginning.
 * @throws AppError FLUXPORT.0102 when it cannot be examined
 */
export async function contentIdentity(log: DeliveredContent): Promise<string | null> {
  const found = await stat(log.path, { bigint: true }).catch(throwUnreadable)
  if (log.endByte === undefined) return identityOf(found)
  return found.size < log.endByte ? null : `${found.dev}:${found.ino}`
}

/** Changes whenever a file was written to or replaced. */
export const identityOf = (found: BigIntStats): string => `${found.dev}:${found.ino}:${found.size}:${found.mtimeNs}`

/** Byte ranges of the content, decompressed, in pieces. @throws as `contentBytes` */
export async function* rangeBytes(
  log: DeliveredContent,
  ranges: readonly (readonly [number, number])[],
  reading: Reading,
  { onChunk, ...options }: { signal?: AbortSignal; onChunk?: (chunk: Buffer, position: number) => void } = {},
): AsyncGenerator<Buffer> {
  let position = 0
  for await (const chunk of contentBytes(log, reading, options)) {
    onChunk?.(chunk, position)
    for (const [from, to] of ranges) {
      const piece = chunk.subarray(Math.max(0, from - position), Math.max(0, to - position))
      if (piece.length > 0) yield piece
    }
    position += chunk.length
  }
}

/**
 * Copies byte ranges of the content, decompressed, into a new file, durably.
 * @returns the number of lines that end before the first range
 */
export async function copyRanges(
  log: DeliveredContent,
  ranges: readonly (readonly [number, number])[],
  target: string,
  reading: Reading,
) {
  let linesBefore = 0
  const first = ranges[0]?.[0] ?? 0
  const onChunk = (chunk: Buffer, position: number) => {
    if (position < first) linesBefore += newlinesIn(chunk.subarray(0, first - position))
  }
  const wanted = rangeBytes(log, ranges, reading, { onChunk })
  await pipeline(wanted, createWriteStream(target, { mode: 0o600, flush: true }))
  return linesBefore
}

/** The decompressed length is unknown in advance, so free room is checked at each of these steps. */
const unpackStepBytes = 64 * 1024 ** 2

/**
 * Writes the content, decompressed and with its archive opened, into a new file.
 * @throws AppError as `contentBytes`, CDN.0005 when it is too long, FLUXPORT.0105 when the disk would be full
 */
export async function unpack(
  log: DeliveredContent,
  target: string,
  options: Reading & { contentBytesMax: number; signal: AbortSignal; assertRoom: (bytes: number) => Promise<void> },
): Promise<void> {
  let sizeBytes = 0
  let roomBytes = 0
  const bounded = async function* () {
    for await (const chunk of contentBytes(log, options, { signal: options.signal, opens: true })) {
      sizeBytes += chunk.length
      if (sizeBytes > options.contentBytesMax) throw tooLong(options.contentBytesMax)
      if (sizeBytes > roomBytes) {
        await options.assertRoom(unpackStepBytes)
        roomBytes = sizeBytes + unpackStepBytes
      }
      yield chunk
    }
  }
  await pipeline(Readable.from(bounded()), createWriteStream(target, { mode: 0o600 }))
}

function newlinesIn(bytes: Buffer): number {
  let count = 0
  for (let at = bytes.indexOf(newline); at >= 0; at = bytes.indexOf(newline, at + 1)) count++
  return count
}

/**
 * True if a line of a plain file ends before the byte at `endByte`.
 * @throws AppError FLUXPORT.0102 when it cannot be read
 */
export async function endsLine(path: string, endByte: number): Promise<boolean> {
  const file = await open(path, 'r').catch(throwUnreadable)
  const { bytesRead, buffer } = await file.read(Buffer.alloc(1), 0, 1, endByte - 1).finally(() => file.close())
  return bytesRead === 1 && buffer[0] === newline
}

/** The end of a plain file's last whole line, in bytes; 0 without one. */
export async function endOfLastLine(path: string): Promise<number> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    const buffer = Buffer.alloc(1 << 16)
    for (let end = size; end > 0; end -= buffer.length) {
      const start = Math.max(0, end - buffer.length)
      const { bytesRead } = await file.read(buffer, 0, end - start, start)
      const at = buffer.subarray(0, bytesRead).lastIndexOf(newline)
      if (at >= 0) return start + at + 1
    }
    return 0
  } finally {
    await file.close()
  }
}

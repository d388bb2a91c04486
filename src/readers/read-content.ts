import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { type Compression, decompressed } from '../ports/warehouse/decompress.ts'
import { withForwardBytes } from '../ports/warehouse/forward-bytes.ts'
import { assertXzDictionaries } from '../ports/warehouse/xz-blocks.ts'
import { assertZstdWindows, WindowTooLarge } from '../ports/warehouse/zstd-frames.ts'
import { type Job, type ReadLimits, ReadRefused, ratioFreeBytes } from './jobs.ts'
import { openedLog, unzippedLogs } from './packed-logs.ts'

type JobOf<Kind extends Job['kind']> = Extract<Job, { kind: Kind }>
type ContentJob = JobOf<'decode'> | JobOf<'headers'>

const windowProblem = (asked: number, allowed: string) =>
  `asks for ${asked} bytes of memory to be decoded, and ${allowed}`

/** Checks all headers. @throws ReadRefused when one asks for too much, or another Error when they are damaged */
export async function assertHeaders({ from, compression, limits }: ContentJob, body: Buffer | null): Promise<void> {
  const bytes = body ?? ('path' in from ? from.path : Buffer.alloc(0))
  try {
    if (compression === 'zstd')
      await withForwardBytes(bytes, (found) => assertZstdWindows(found, limits.zstdWindowBytesMax))
    if (compression === 'xz') await withForwardBytes(bytes, assertXzDictionaries)
  } catch (error) {
    if (!(error instanceof WindowTooLarge)) throw error
    const allowed =
      compression === 'zstd'
        ? `${limits.zstdWindowBytesMax} are allowed (--zstd-window-bytes-max); zstd --long and --ultra ask for more`
        : 'a dictionary may have 64 MiB, as xz -9 has'
    throw new ReadRefused('window', windowProblem(error.windowBytes, allowed))
  }
}

/** Decodes the content. @throws as `assertHeaders`, and ReadRefused when it expands too far */
export async function* decode(job: JobOf<'decode'>, body: Buffer | null): AsyncGenerator<Uint8Array> {
  const { from, compression, opens, limits, outputBytesMax } = job
  await assertHeaders(job, body)
  if (compression === 'zip') return yield* firstBytes(ofZip(job, body), outputBytesMax)
  const file = body
    ? Readable.from([body])
    : createReadStream('path' in from ? from.path : '', { highWaterMark: 1 << 18 })
  const read = { bytes: 0 }
  const counted = countedStream(file, read)
  const isPacked = opens || compression === 'tar' || compression === 'utf16'
  try {
    const plain = withinRatio(counted, compression, limits)
    yield* firstBytes(isPacked ? bounded(openedLog(plain), read, limits) : plain, outputBytesMax)
  } finally {
    // A decoder that is abandoned half way may keep the file open.
    file.destroy()
  }
}

/** The files of a ZIP archive, whose directory stands at its end. */
async function* ofZip({ from, limits }: JobOf<'decode'>, body: Buffer | null): AsyncGenerator<Uint8Array> {
  const path = 'path' in from ? from.path : ''
  const read = { bytes: body ? body.length : (await stat(path)).size }
  yield* bounded(unzippedLogs(body ?? path), read, limits)
}

/**
 * The first `bytesMax` bytes of content, or all of it when `bytesMax` is null or larger. No later piece is requested.
 */
export async function* firstBytes<Bytes extends Uint8Array>(
  content: AsyncIterable<Bytes>,
  bytesMax: number | null,
): AsyncGenerator<Bytes> {
  let left = bytesMax ?? Number.POSITIVE_INFINITY
  for await (const piece of content) {
    yield piece.subarray(0, left) as Bytes
    left -= piece.length
    if (left <= 0) return
  }
}

/**
 * Decoded bytes, as long as they stay in proportion to the compressed bytes read so far.
 * @throws ReadRefused
 */
export async function* withinRatio(
  file: AsyncIterable<Buffer> & NodeJS.ReadableStream,
  compression: Compression,
  limits: ReadLimits,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') return yield* file
  const read = { bytes: 0 }
  yield* bounded(decompressed(countedStream(file, read), compression), read, limits)
}

/** @throws ReadRefused when the output is out of proportion to the bytes read so far */
async function* bounded(
  output: AsyncIterable<Uint8Array>,
  read: { bytes: number },
  { ratioMax }: ReadLimits,
): AsyncGenerator<Uint8Array> {
  let outputBytes = 0
  for await (const piece of output) {
    outputBytes += piece.length
    if (outputBytes > ratioFreeBytes && outputBytes > ratioMax * read.bytes)
      throw new ReadRefused(
        'ratio',
        `expands over ${ratioMax} times, to ${outputBytes} bytes and more (--decompress-ratio-max)`,
      )
    yield piece
  }
}

/** The same stream; `read` counts its bytes. */
function countedStream<Stream extends NodeJS.ReadableStream>(file: Stream, read: { bytes: number }): Readable {
  async function* pieces() {
    for await (const piece of file as AsyncIterable<Buffer>) {
      read.bytes += piece.length
      yield piece
    }
  }
  return Readable.from(pieces(), { objectMode: false, highWaterMark: 1 << 18 })
}

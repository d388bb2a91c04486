import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { AppError } from '../../errors.ts'
import type { StreamedBody } from '../../http/streamed-body.ts'
import { compressionOfHead, magicBytes } from '../../ports/warehouse/decompress.ts'
import { ReaderLost, ReadRefused } from '../../readers/jobs.ts'
import type { Reading } from '../identify/content.ts'

/** A longer push, as sent or decompressed, is a batch of its own. */
export const smallPushBytesMax = 1 << 20
export const smallLinesBytesMax = 8 << 20
/** A body that was read whole; or a longer one: the part that was read, and the rest. */
type PushBody = { whole: Buffer } | { tooLong: AsyncIterable<Uint8Array> }

/**
 * Reads a body of up to a mebibyte; the held bytes are counted.
 * @throws AppError FLUXPORT.0003 when there is no room for it, APIGW.0301 when it is not the signed one
 */
export async function readPush({ pieces: body, share }: StreamedBody): Promise<PushBody> {
  const pieces: Uint8Array[] = []
  let size = 0
  const rest = body[Symbol.asyncIterator]()
  for (;;) {
    const { value, done } = await rest.next()
    if (done) return { whole: Buffer.concat(pieces) }
    pieces.push(value)
    size += value.length
    if (size > smallPushBytesMax) {
      share.release()
      return { tooLong: joined(pieces, rest) }
    }
    share.take(value.length)
  }
}

async function* joined(pieces: Uint8Array[], rest: AsyncIterator<Uint8Array>) {
  try {
    yield* pieces
    for (;;) {
      const { value, done } = await rest.next()
      if (done) return
      yield value
    }
  } finally {
    // If the reader stops early, the server drains the rest before the connection's next request.
    await rest.return?.()
  }
}

const unzip = promisify(gunzip)

/**
 * The lines of a push, each with its end.
 * @returns null when they are too long to be held, or packed once more
 * @throws AppError FLUXPORT.0102 when the content is damaged, FLUXPORT.0108 when it exceeds a limit of reading
 */
export async function linesOfPush(body: Buffer, reading: Reading): Promise<Buffer | null> {
  const lines = await decompressedWhole(body, reading)
  // An archive is unpacked on the disk.
  if (lines !== null && compressionOfHead(lines) !== 'none') return null
  if (lines === null || lines.length === 0 || lines.at(-1) === 0x0a) return lines
  // The next push must begin a line of its own.
  return Buffer.concat([lines, Buffer.from('\n')])
}

async function decompressedWhole(body: Buffer, { readers, turnOf }: Reading): Promise<Buffer | null> {
  const compression = compressionOfHead(body.subarray(0, magicBytes))
  if (compression === 'none') return body
  // zlib works in its own threads, and the output is bounded.
  if (compression === 'gzip') return await unzip(body, { maxOutputLength: smallLinesBytesMax }).catch(gzipProblem)
  const from = { bodyBytes: body.length }
  const { limits } = readers
  const job = { kind: 'decode', from, compression, outputBytesMax: smallLinesBytesMax + 1, limits } as const
  const pieces: Buffer[] = []
  try {
    for await (const piece of readers.run(job, { lane: 'push', turnOf, body })) pieces.push(piece)
  } catch (cause) {
    if (cause instanceof ReadRefused)
      throw new AppError('FLUXPORT.0108', `The ${compression} content ${cause.message}; nothing of it was taken`, {
        cause,
      })
    if (cause instanceof ReaderLost) throw new AppError('FLUXPORT.0002', 'The push was not read; retry', { cause })
    throw damaged(`The ${compression} content is truncated or damaged`, cause)
  }
  const lines = Buffer.concat(pieces)
  return lines.length > smallLinesBytesMax ? null : lines
}

function gzipProblem(error: NodeJS.ErrnoException): null {
  if (error.code === 'ERR_BUFFER_TOO_LARGE') return null
  throw damaged(`The gzip content is ${error.code === 'Z_BUF_ERROR' ? 'truncated' : 'damaged'}`, error)
}

const damaged = (problem: string, cause: unknown) =>
  new AppError('FLUXPORT.0102', `${problem}; nothing of it was taken`, { cause })

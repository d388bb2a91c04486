import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { zipArchive } from './zip.ts'

/** Level 3 is the engine's own level for HTTP: half the time of level 6, for a file a tenth longer. */
const level = 3

/**
 * Compresses bytes to a gzip file. Its header has no time, so equal bytes give an equal file. An error of the bytes is
 * thrown to the reader. If the reader stops early, the bytes are stopped, too, and the call ends when they have ended.
 */
export async function* gzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes, { objectMode: false })
  const gzip = createGzip({ level, chunkSize: 1 << 18 })
  const writing = pipeline(source, gzip)
  writing.catch(() => undefined) // gzip gets the error, and throws it below
  try {
    yield* gzip
  } finally {
    gzip.destroy()
    await Promise.allSettled([writing, finished(source)])
  }
}

/** A ZIP archive of files, in order; ZIP64 where a file needs it. */
export const zipped = (files: { name: string; bytes: AsyncIterable<Uint8Array> }[]): AsyncGenerator<Uint8Array> =>
  zipArchive(files, level)

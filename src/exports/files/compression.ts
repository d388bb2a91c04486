import { Readable } from 'node:stream'
import { finished, pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { zipArchive } from './zip.ts'

/** Level 3 is what the engine itself takes for HTTP: half the time of level 6, for a file a tenth longer. */
const level = 3

/**
 * A gzip file of the bytes. Its header has no time: the same bytes are the same file. An error of the bytes is thrown to the
 * reader. A reader that stops early stops them too, and goes on when they have ended.
 */
export async function* gzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes, { objectMode: false })
  const gzip = createGzip({ level, chunkSize: 1 << 18 })
  const writing = pipeline(source, gzip)
  writing.catch(() => undefined) // gzip has the error, and throws it below
  try {
    yield* gzip
  } finally {
    gzip.destroy()
    await Promise.allSettled([writing, finished(source)])
  }
}

/** A ZIP archive of some files, in order; ZIP64 where one needs it. */
export const zipped = (files: { name: string; bytes: AsyncIterable<Uint8Array> }[]): AsyncGenerator<Uint8Array> =>
  zipArchive(files, level)

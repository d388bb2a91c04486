import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { ZipFile } from 'yazl'
import { fixedTime } from './zip-entry.ts'

/** Level 3 is what the engine itself takes for HTTP: half the time of level 6, for a file a tenth longer. */
const level = 3

/** A gzip file of the bytes. Its header has no time: the same bytes are the same file. */
export async function* gzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const gzip = createGzip({ level, chunkSize: 1 << 18 })
  const writing = pipeline(Readable.from(bytes, { objectMode: false }), gzip)
  writing.catch(() => undefined) // thrown below, when what there is has been read
  try {
    yield* gzip
  } finally {
    gzip.destroy()
    await writing
  }
}

/** A ZIP archive of some files, in order; ZIP64 where one needs it. */
export async function* zipped(files: { name: string; bytes: AsyncIterable<Uint8Array> }[]): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  for (const { name, bytes } of files) {
    const stream = Readable.from(bytes, { objectMode: false })
    stream.on('error', (error) => output.destroy(error))
    zip.addReadStream(stream, name, { ...fixedTime, compressionLevel: level })
  }
  zip.end()
  yield* output
}

import { addAbortSignal, Readable } from 'node:stream'
import { finished } from 'node:stream/promises'
import { ZipFile } from 'yazl'

/** A file of an archive: its path inside, and its bytes, which are read after all earlier files. */
export type ZipEntry = { name: string; bytes: AsyncIterable<Uint8Array> }
type Entries = AsyncIterable<ZipEntry> | Iterable<ZipEntry>

/**
 * Fixed metadata: a file has the same bytes whenever and wherever it is made. Archives have local time; the field with
 * the UTC time is left out.
 */
const fixed = { mtime: new Date(1980, 0, 1), mode: 0o100644, forceDosTimestamp: true } as const

/**
 * Writes a ZIP archive; ZIP64 where an entry needs it. An error of the entries is thrown to the reader. If the reader
 * stops early, the entries are stopped, too, and the call ends when they have ended.
 */
export async function* zipArchive(entries: Entries, compressionLevel: number): AsyncGenerator<Uint8Array> {
  const zip = new ZipFile()
  const output = zip.outputStream as Readable
  const left = new AbortController()
  const writing = addEntries(zip, entries, compressionLevel, left.signal).catch((error) => output.destroy(error))
  try {
    yield* output
  } finally {
    left.abort()
    await writing
  }
}

async function addEntries(zip: ZipFile, entries: Entries, compressionLevel: number, signal: AbortSignal) {
  for await (const { name, bytes } of entries) {
    const stream = addAbortSignal(signal, Readable.from(bytes, { objectMode: false }))
    zip.addReadStream(stream, name, { ...fixed, compressionLevel })
    await finished(stream)
  }
  zip.end()
}

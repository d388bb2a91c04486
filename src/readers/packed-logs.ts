import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { compressionOfHead, magicBytes } from '../ports/warehouse/decompress.ts'

/** An archive that is whole, but not of logs as they can be read; the message is for the sender. */
export class ArchiveRefused extends Error {
  override name = 'ArchiveRefused'
}

type Pieces = AsyncIterable<Uint8Array>
const newline = 0x0a

/**
 * The text of a log: of the files of a tar archive, one after another, or from UTF-16 to UTF-8; other content is as it
 * is. Formats recognise what the bytes are, whatever the file's name.
 * @throws ArchiveRefused when an archive holds no file, or one of a kind that is not opened; Error when it is damaged
 */
export async function* openedLog(pieces: Pieces): AsyncGenerator<Uint8Array> {
  const { head, all } = await beginning(pieces)
  const kind = compressionOfHead(head)
  if (kind === 'tar') yield* untarredLogs(all)
  else if (kind === 'utf16') yield* fromUtf16(all, head)
  else yield* all
}

async function* untarredLogs(pieces: Pieces): AsyncGenerator<Uint8Array> {
  // Read when an archive comes: every reader process begins without it, in half the time.
  const { createTarDecoder } = await import('modern-tar')
  const stream = ReadableStream.from(pieces) as ReadableStream<Uint8Array<ArrayBuffer>>
  let files = 0
  for await (const { header, body } of stream.pipeThrough(createTarDecoder({ strict: true }))) {
    if (header.type !== 'file' || !isLog(header.name)) {
      await body.cancel()
      continue
    }
    files += 1
    yield* wholeLines(fileOf(header.name, body))
  }
  if (files === 0) throw new ArchiveRefused('The tar archive holds no file')
}

/** The files of a ZIP archive, one after another. @throws Error as `openedLog`, or when a file is encrypted */
export async function* unzippedLogs(archive: string | Buffer): AsyncGenerator<Uint8Array> {
  const { fromBufferPromise, openPromise } = await import('yauzl')
  const zip = await (typeof archive === 'string' ? openPromise(archive) : fromBufferPromise(archive))
  let files = 0
  for await (const entry of zip.eachEntry()) {
    if (entry.fileName.endsWith('/') || !isLog(entry.fileName)) continue
    if (entry.generalPurposeBitFlag & 1)
      throw new ArchiveRefused(`The file ${JSON.stringify(entry.fileName)} of the archive is encrypted`)
    files += 1
    yield* wholeLines(fileOf(entry.fileName, await zip.openReadStreamPromise(entry)))
  }
  if (files === 0) throw new ArchiveRefused('The ZIP archive holds no file')
}

/** False for the files that macOS adds. Every other file counts. */
const isLog = (name: string) => !/(^|\/)(__MACOSX\/|\._[^/]*$|\.DS_Store$)/.test(name)

/** A file within an archive, of which gzip is undone, as of rotated logs. @throws Error for any other packing */
async function* fileOf(name: string, pieces: Pieces): AsyncGenerator<Uint8Array> {
  const { head, all } = await beginning(pieces)
  const kind = compressionOfHead(head)
  if (kind === 'none') yield* all
  else if (kind === 'utf16') yield* fromUtf16(all, head)
  else if (kind === 'gzip') yield* openedText(Readable.from(all).compose(createGunzip()) as Pieces, name)
  else throw new ArchiveRefused(`The archive holds ${JSON.stringify(name)}, which is ${kind}: unpack that first`)
}

/** @throws Error for an archive, or compressed bytes, within gzip within an archive */
async function* openedText(pieces: Pieces, name: string): AsyncGenerator<Uint8Array> {
  const { head, all } = await beginning(pieces)
  const kind = compressionOfHead(head)
  if (kind !== 'none' && kind !== 'utf16')
    throw new ArchiveRefused(`The archive holds ${JSON.stringify(name)}, which is packed twice: unpack it first`)
  yield* kind === 'utf16' ? fromUtf16(all, head) : all
}

/** The next file begins a line of its own. */
async function* wholeLines(pieces: Pieces): AsyncGenerator<Uint8Array> {
  let last = newline
  for await (const piece of pieces) {
    last = piece.at(-1) ?? last
    yield piece
  }
  if (last !== newline) yield Uint8Array.of(newline)
}

async function* fromUtf16(pieces: Pieces, head: Buffer): AsyncGenerator<Uint8Array> {
  const isBigEndian = head[0] === 0xfe || head[0] === 0
  const decoder = new TextDecoder(isBigEndian ? 'utf-16be' : 'utf-16le')
  for await (const piece of pieces) yield Buffer.from(decoder.decode(piece, { stream: true }))
  yield Buffer.from(decoder.decode())
}

/** The first bytes, and all of them. */
async function beginning(pieces: Pieces): Promise<{ head: Buffer; all: Pieces }> {
  const source = pieces[Symbol.asyncIterator]()
  const first: Uint8Array[] = []
  for (let size = 0; size < magicBytes; ) {
    const { value, done } = await source.next()
    if (done) break
    first.push(value)
    size += value.length
  }
  return { head: Buffer.concat(first).subarray(0, magicBytes), all: joined(first, source) }
}

async function* joined(first: readonly Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* first
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
  } finally {
    await rest.return?.()
  }
}

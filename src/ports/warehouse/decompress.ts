import { createGunzip } from 'node:zlib'
import { decodeBzip2 } from './bzip2.ts'

/** Kinds of packed bytes: compressed, files of an archive, or text in another encoding than UTF-8. */
export const compressions = ['none', 'gzip', 'zstd', 'bzip2', 'xz', 'zip', 'tar', 'utf16'] as const
export type Compression = (typeof compressions)[number]

/** The first bytes of each packed kind, in hexadecimal; any other file is plain. */
const magics: readonly (readonly [Exclude<Compression, 'none'>, RegExp])[] = [
  ['gzip', /^1f8b08/],
  // A frame, or a skippable frame before it.
  ['zstd', /^(28b52ffd|5[0-9a-f]2a4d18)/],
  // The first block, or the end of an empty stream.
  ['bzip2', /^425a683[1-9](314159265359|177245385090)/],
  ['xz', /^fd377a585a00/],
  // A file of an archive, or the end of an empty archive.
  ['zip', /^504b(0304|0506)/],
  ['tar', /^.{514}7573746172/],
  // With its byte order mark; or ASCII in either order, which has a NUL in every second byte.
  ['utf16', /^(fffe|feff)|^((?!00)..00){8}|^(00(?!00)..){8}/],
]
/** Number of first bytes that `compressionOfHead` needs. */
export const magicBytes = 262

/** The kind by the first bytes, whatever the file's name. */
export const compressionOfHead = (head: Buffer): Compression =>
  magics.find(([, magic]) => magic.test(head.toString('hex', 0, magicBytes)))?.[0] ?? 'none'

/** Kinds that the engine reads by itself. */
const readable = ['none', 'gzip', 'zstd', 'xz'] as const
export type ReadableCompression = (typeof readable)[number]

/** True if the engine reads it; any other kind is unpacked first. */
export const isReadable = (compression: Compression): compression is ReadableCompression =>
  readable.some((one) => one === compression)

/**
 * True for compressions that zlib does not have. Their decoders are JavaScript, which blocks its thread and holds
 * memory. A server runs them only in a reader process (readers/). Zlib works in its own threads, piece by piece, in 32
 * KiB.
 */
export const needsReader = (compression: Compression): boolean => compression !== 'none' && compression !== 'gzip'

/** The decoder returns all that one piece decodes to at once: a kilobyte of zstd is at most 32 MiB. */
const pieceBytes = 1_024

/**
 * Decompresses a file. Several members, frames or streams are one content.
 * @throws Error when the content is truncated, damaged, or followed by other bytes
 */
export async function* decompressed(
  file: AsyncIterable<Buffer> & NodeJS.ReadableStream,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  if (['none', 'tar', 'utf16'].includes(compression)) yield* file
  else if (compression === 'gzip') yield* gunzipped(file)
  else if (compression === 'zstd') yield* unzstd(file)
  else if (compression === 'bzip2') yield* decodeBzip2(file)
  else yield* unxz(file)
}

async function* gunzipped(file: NodeJS.ReadableStream): AsyncGenerator<Buffer> {
  const bytes = file.pipe(createGunzip({ chunkSize: 1 << 18 }))
  file.on('error', (error) => bytes.destroy(error))
  for await (const chunk of bytes) yield chunk as Buffer
}

/** This decoder ignores the frames' checksums; the engine checks them. */
async function* unzstd(file: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const { Decompress: ZstdDecoder } = await import('fzstd')
  const out: Uint8Array[] = []
  const decoder = new ZstdDecoder((chunk) => out.push(chunk))
  for await (const piece of inPieces(file)) {
    decoder.push(piece)
    yield* out.splice(0)
  }
  decoder.push(new Uint8Array(0), true)
  yield* out
}

async function* unxz(file: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
  const { default: xz } = await import('xz-decompress')
  const source = ReadableStream.from(file) as ConstructorParameters<typeof xz.XzReadableStream>[0]
  yield* new xz.XzReadableStream(source) as unknown as AsyncIterable<Uint8Array>
}

async function* inPieces(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of file) {
    for (let at = 0; at < chunk.length; at += pieceBytes) yield chunk.subarray(at, at + pieceBytes)
  }
}

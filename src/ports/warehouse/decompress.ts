import { createGunzip } from 'node:zlib'
import { Decompress as ZstdDecoder } from 'fzstd'
import xz from 'xz-decompress'
import { decodeBzip2 } from './bzip2.ts'

/** How a log may be compressed. */
export const compressions = ['none', 'gzip', 'zstd', 'bzip2', 'xz'] as const
export type Compression = (typeof compressions)[number]

/** What the first bytes of a compressed file are, in hexadecimal; any other file is plain. */
const magics: readonly (readonly [Exclude<Compression, 'none'>, RegExp])[] = [
  ['gzip', /^1f8b08/],
  // A frame, or one to skip that stands before it.
  ['zstd', /^(28b52ffd|5[0-9a-f]2a4d18)/],
  // Its first block, or the end of one that is empty.
  ['bzip2', /^425a683[1-9](314159265359|177245385090)/],
  ['xz', /^fd377a585a00/],
]
/** How many first bytes tell. */
export const magicBytes = 10

/** Whether bytes begin like a compressed file: its name is not asked. */
export const compressionOfHead = (head: Buffer): Compression =>
  magics.find(([, magic]) => magic.test(head.toString('hex')))?.[0] ?? 'none'

/**
 * Compressions that zlib has not. Their decoders are JavaScript, which blocks its thread and keeps memory of its own: in a
 * server they run in a reader process alone (readers/). Zlib works in its own threads, piece by piece, in 32 KiB.
 */
export const needsReader = (compression: Compression): boolean => compression !== 'none' && compression !== 'gzip'

/** A decoder that gives whatever a piece decodes to gives it at once: a kilobyte of zstd is at most 32 MiB. */
const pieceBytes = 1_024

/**
 * The bytes of a file, decompressed. Several members, frames or streams are one content.
 * @throws Error when they cannot be had whole: truncated, damaged, or with other bytes behind
 */
export async function* decompressed(
  file: AsyncIterable<Buffer> & NodeJS.ReadableStream,
  compression: Compression,
): AsyncGenerator<Uint8Array> {
  if (compression === 'none') yield* file
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

/** The engine checks the frames' checksums, which this decoder passes over. */
async function* unzstd(file: AsyncIterable<Buffer>): AsyncGenerator<Uint8Array> {
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
  const source = ReadableStream.from(file) as ConstructorParameters<typeof xz.XzReadableStream>[0]
  yield* new xz.XzReadableStream(source) as unknown as AsyncIterable<Uint8Array>
}

async function* inPieces(file: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  for await (const chunk of file) {
    for (let at = 0; at < chunk.length; at += pieceBytes) yield chunk.subarray(at, at + pieceBytes)
  }
}

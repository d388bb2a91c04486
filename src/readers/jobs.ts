import type { Compression } from '../ports/warehouse/decompress.ts'

/** Limits on the cost of reading; content that costs more is refused. */
export type ReadLimits = {
  /** Largest window of zstd, bytes. */
  zstdWindowBytesMax: number
  /** Most decoded bytes for each compressed byte, once content is longer than `ratioFreeBytes`. */
  ratioMax: number
}

/** Content up to this length is decoded whatever its ratio: 64 MiB take a tenth of a second, and no extra memory. */
export const ratioFreeBytes = 64 * 1024 ** 2

/** Bytes to read: a file, or a body that is sent along. */
type Bytes = { path: string } | { bodyBytes: number }

/** Work for a reader process. The result is a stream of bytes. */
export type Job =
  /** Decodes content, at most `outputBytesMax` bytes of it. An archive within is opened if `opens` (packed-logs.ts). */
  | {
      kind: 'decode'
      from: Bytes
      compression: Compression
      opens?: boolean
      outputBytesMax: number | null
      limits: ReadLimits
    }
  /** Checks every header of compressed content; yields nothing. */
  | { kind: 'headers'; from: Bytes; compression: Compression; limits: ReadLimits }
  /** Parses ranges of geographic data, as geo/range-lines.ts writes them. */
  | { kind: 'geo'; from: { path: string }; name: string }

/** The limits for which a reader refuses content. */
export const refusals = ['window', 'ratio', 'time', 'memory'] as const
type Refusal = (typeof refusals)[number]

/** Content costs more to read than the limits allow. The message completes "The content …". */
export class ReadRefused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal, message: string) {
    super(message)
    this.name = 'ReadRefused'
    this.refusal = refusal
  }
}

/** A reader process ended by itself; the content that it read may be the cause. */
export class ReaderLost extends Error {
  constructor(problem: string) {
    super(`The reader process ended: ${problem}`)
    this.name = 'ReaderLost'
  }
}

/** An error as a reader sends it; `name` is its class in the reader. */
export type ErrorText = { name: string; message: string; code?: string; syscall?: string; refusal?: Refusal }

/** A reader's error, in the server. It has the file system's `code` and `syscall` where the original had them. */
export class ReadFailed extends Error {
  constructor({ name, message, code, syscall }: ErrorText) {
    super(message)
    this.name = name
    Object.assign(this, code === undefined ? {} : { code }, syscall === undefined ? {} : { syscall })
  }
}

export const errorOfText = (text: ErrorText): Error =>
  text.refusal ? new ReadRefused(text.refusal, text.message) : new ReadFailed(text)

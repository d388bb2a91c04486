import type { Compression } from '../ports/warehouse/decompress.ts'

/** What may be taken to read something, beyond which it is refused. */
export type ReadLimits = {
  /** Windows of zstd, bytes. */
  zstdWindowBytesMax: number
  /** Bytes that one compressed byte may stand for, once content is longer than `ratioFreeBytes`. */
  ratioMax: number
}

/** Content may be this long whatever its ratio is: 64 MiB take a tenth of a second, and no more memory than any. */
export const ratioFreeBytes = 64 * 1024 ** 2

/** Content that the sender has in hand, or a file. */
type Bytes = { path: string } | { bodyBytes: number }

/** Work for a reader process. What it gives is bytes. */
export type Job =
  /** Decoded content, up to `outputBytesMax` of it. */
  | { kind: 'decode'; from: Bytes; compression: Compression; outputBytesMax: number | null; limits: ReadLimits }
  /** Looks at every header of compressed content; gives nothing. */
  | { kind: 'headers'; from: Bytes; compression: Compression; limits: ReadLimits }
  /** Ranges of geographic data, as geo/range-lines.ts writes them. */
  | { kind: 'geo'; from: { path: string }; name: string }

/** Why a reader would not read on: what the content asks for, and that it may not. */
export const refusals = ['window', 'ratio', 'time', 'memory'] as const
type Refusal = (typeof refusals)[number]

/** Content that takes more than may be taken to read it. The message completes "The content …". */
export class ReadRefused extends Error {
  readonly refusal: Refusal
  constructor(refusal: Refusal, message: string) {
    super(message)
    this.name = 'ReadRefused'
    this.refusal = refusal
  }
}

/** A reader process ended by itself: what it read may be why. */
export class ReaderLost extends Error {
  constructor(problem: string) {
    super(`The reader process ended: ${problem}`)
    this.name = 'ReaderLost'
  }
}

/** An error on its way from a reader; `name` says what it is there. */
export type ErrorText = { name: string; message: string; code?: string; syscall?: string; refusal?: Refusal }

/** The error of a reader, here; with `code` and `syscall` of the file system where there are any, and else without. */
export class ReadFailed extends Error {
  constructor({ name, message, code, syscall }: ErrorText) {
    super(message)
    this.name = name
    Object.assign(this, code === undefined ? {} : { code }, syscall === undefined ? {} : { syscall })
  }
}

export const errorOfText = (text: ErrorText): Error =>
  text.refusal ? new ReadRefused(text.refusal, text.message) : new ReadFailed(text)

import type { DeliveredContent } from '../../../ledger/batches.ts'
import type { SourceFileRow } from '../../../ports/database/source-rows.ts'

/**
 * The place of a log source: a directory, or a prefix of a bucket. It finds ready files and fetches their bytes.
 * Hand-over and counting are the same for every kind.
 */
export type LogPlace = {
  /** The location for people. */
  location: string
  /**
   * True if loaded files are too many to hold: the place looks them up itself, and `known` holds only those with
   * something to do.
   */
  looksUpLoaded: boolean
  /** Most files fetched or put away at the same time. */
  filesAtOnce: number
  /**
   * Looks once.
   * @param known files that were handed over, by path
   * @param limit the available room: a place need not find more
   * @throws Error with a sentence for people when nothing can be seen
   */
  look(known: KnownFiles, nowMs: number, limit: LookLimit, signal: AbortSignal): Promise<Look>
  /**
   * A ready file's bytes on this machine. Null when the file has changed: the next look finds its new state.
   * @throws AppError when its bytes cannot be read, another Error when the whole place yields nothing now
   */
  fetch(file: FoundFile, signal: AbortSignal): Promise<FetchedFile | null>
  /**
   * Treats a loaded file as the settings demand.
   * @returns `gone` when the file is no longer in place, `kept` when it is; `replaced` when another or longer file has
   *   its name, and it is unknown which of them was read
   * @throws AppError when it cannot be done
   */
  putAway(file: SourceFileRow): Promise<'kept' | 'gone' | 'replaced'>
  close(): void
}

export type LookLimit = { files: number; bytes: number }

export type KnownFiles = ReadonlyMap<string, SourceFileRow>

/** A new or changed file that is ready to be loaded. */
export type FoundFile = {
  path: string
  identity: string
  sizeBytes: number
  /** Files are sorted by this time. */
  timeMs: number
  /** True if the file is still written: it is loaded up to the last whole line. */
  isGrowing: boolean
}

/** `identity` is that of the bytes. */
export type FetchedFile = { identity: string; sizeBytes: number; content: DeliveredContent; isSpooled: boolean }

/**
 * A file that is not handed over yet, and until when it waits; null: for room.
 * - `settling`: it has just changed; `growing`: a part of it was handed over a short time ago
 * - `failed`: it was changed after a failure, and is tried again
 * - `turn`: it is ready, and others go first
 */
export type WaitingFile = { path: string; why: 'settling' | 'growing' | 'failed' | 'turn'; untilMs: number | null }

/** Findings of a look. */
export type Look = {
  /** In loading order. */
  ready: FoundFile[]
  /** Known files that have another name now: [then, now]. */
  renamed: { from: string; to: string; identity: string }[]
  /** Loaded files that are still in place, against the settings. */
  toPutAway: SourceFileRow[]
  /** Known files that are missing. */
  gone: string[]
  /** New or changed files that are not ready. */
  unsettled: WaitingFile[]
  /** True if the place was not seen to its end: another look continues. */
  isMore: boolean
  /** Call it once all of `ready` is handed over: a listing in order then moves its position. */
  handedOver(): Promise<void>
}

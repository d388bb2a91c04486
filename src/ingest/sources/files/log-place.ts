import type { DeliveredContent } from '../../../ledger/batches.ts'
import type { SourceFileRow } from '../../../ports/database/source-rows.ts'

/**
 * A place that logs are fetched from: a directory, or a prefix of a bucket. It finds files that are ready and brings their bytes; what is
 * handed over, and when a file counts, is the same for all of them.
 */
export type LogPlace = {
  /** For people. */
  location: string
  /** Loaded files are too many to hold, and the place looks them up by itself: `known` holds only those with something to do. */
  looksUpLoaded: boolean
  /** Files fetched, or put away, at the same time. */
  filesAtOnce: number
  /**
   * Looks once.
   * @param known what was handed over, by path
   * @param limit what there is room for: a place need not find more than that
   * @throws Error with a sentence for people when nothing can be seen
   */
  look(known: KnownFiles, nowMs: number, limit: LookLimit, signal: AbortSignal): Promise<Look>
  /**
   * A ready file's bytes on this machine. Null when it is not as it was any more: the next look says how it is.
   * @throws AppError when they cannot be had, another Error when none of the place's can be now
   */
  fetch(file: FoundFile, signal: AbortSignal): Promise<FetchedFile | null>
  /**
   * Does with a loaded file what the settings say.
   * @returns `gone` when it is not in its place any more, `kept` when it is, and `replaced` when what is there by now is not
   *   it, or more: nobody knows which of them was read
   * @throws AppError when it cannot be done
   */
  putAway(file: SourceFileRow): Promise<'kept' | 'gone' | 'replaced'>
  close(): void
}

export type LookLimit = { files: number; bytes: number }

export type KnownFiles = ReadonlyMap<string, SourceFileRow>

/** A file that is new, or has changed, and is ready to be loaded. */
export type FoundFile = {
  path: string
  identity: string
  sizeBytes: number
  /** What files are put in order by. */
  timeMs: number
  /** More is being written to it: it goes up to the last whole line. */
  isGrowing: boolean
}

/** `identity` is that of the bytes. */
export type FetchedFile = { identity: string; sizeBytes: number; content: DeliveredContent; isSpooled: boolean }

/** What a look found. */
export type Look = {
  /** In the order in which they are to be loaded. */
  ready: FoundFile[]
  /** Known files under another name now: [then, now]. */
  renamed: { from: string; to: string; identity: string }[]
  /** Loaded files that still lie where they were loaded from, against the settings. */
  toPutAway: SourceFileRow[]
  /** Known files that are not there. */
  gone: string[]
  /** Files that are new or have changed, and are not ready. */
  unsettled: number
  /** The place was not seen to its end: another look goes on from here. */
  isMore: boolean
  /** To be called once all of `ready` is handed over: a place that lists in order goes on from there. */
  handedOver(): Promise<void>
}

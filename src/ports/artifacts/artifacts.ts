import type { Readable } from 'node:stream'

/** Stores finished files. Adapter: `directory.ts`. */
export interface Artifacts {
  /**
   * Stores `chunks` under `key`, durably: file and directory entry are on disk once this resolves. Nothing is stored
   * when it throws or `signal` aborts.
   * @param key of letters, digits, `-`, `_`, `.` and `/`, made by Fluxport: never a caller's text
   */
  put(key: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<{ bytes: number; sha256: string }>
  /** The bytes [from, to) of an artifact (default: all), and its size; null without an artifact under the key. */
  open(key: string, range?: { from: number; to: number }): Promise<{ stream: Readable; bytes: number } | null>
  /** Size in bytes, or null. */
  size(key: string): Promise<number | null>
  /** Removes an artifact, or the rest of an unfinished put; a missing one is no error. */
  remove(key: string): Promise<void>
  /**
   * Removes everything whose key begins with `prefix` and a slash, unfinished puts included; finding nothing is no
   * error.
   */
  removeUnder(prefix: string): Promise<void>
}

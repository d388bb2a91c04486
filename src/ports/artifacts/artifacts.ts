import type { Readable } from 'node:stream'

/** Where finished files lie. Adapter: `directory.ts`. */
export interface Artifacts {
  /**
   * Keeps `chunks` under `key`, durably: on disk with its directory once this resolves, and not there at all when it
   * throws or `signal` aborts.
   * @param key of letters, digits, `-`, `_`, `.` and `/`, ours alone: never a caller's text
   */
  put(key: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<{ bytes: number; sha256: string }>
  /** The bytes [from, to) of an artifact (default: all), and its size; null when there is none under the key. */
  open(key: string, range?: { from: number; to: number }): Promise<{ stream: Readable; bytes: number } | null>
  /** Size in bytes, or null. */
  size(key: string): Promise<number | null>
  /** Removes an artifact, or what a put of it left when its process was killed; one that is not there is fine. */
  remove(key: string): Promise<void>
  /** Removes everything whose key begins with `prefix` and a slash, unfinished puts included; nothing there is fine. */
  removeUnder(prefix: string): Promise<void>
}

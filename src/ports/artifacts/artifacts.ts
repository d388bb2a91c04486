import type { Readable } from 'node:stream'

/** Stores finished files. Adapters: `directory.ts`, and `bucket.ts` for hosts that share no disk. */
export interface Artifacts {
  readonly kind: 'directory' | 'bucket'
  /**
   * Stores `chunks` under `key`, durably: the artifact outlives a power cut once this resolves. Nothing is stored when
   * it throws or `signal` aborts, and nobody sees it before it is complete. A key is written once.
   * @param key of letters, digits, `-`, `_`, `.` and `/`, made by Fluxport: never a caller's text
   * @throws Error when the key has an artifact, which stays; ArtifactsUnavailable
   */
  put(key: string, chunks: AsyncIterable<Uint8Array>, signal: AbortSignal): Promise<{ bytes: number; sha256: string }>
  /**
   * The bytes [from, to) of an artifact (default: all), and its size; null without an artifact under the key.
   * @throws ArtifactsUnavailable, as all below
   */
  open(key: string, range?: { from: number; to: number }): Promise<{ stream: Readable; bytes: number } | null>
  /** Size in bytes, or null. */
  size(key: string): Promise<number | null>
  /** An address of the artifact at the store itself, whether it is there or not; null where there is no such address. */
  link(key: string, link: ArtifactLink): Promise<string | null>
  /** Removes an artifact, or the rest of an unfinished put; a missing one is no error. */
  remove(key: string): Promise<void>
  /**
   * Removes everything whose key begins with `prefix` and a slash, unfinished puts included; finding nothing is no
   * error.
   */
  removeUnder(prefix: string): Promise<void>
  /**
   * Removes unfinished puts that nobody will go on with, and that no `remove` may ever reach. A directory has none: a
   * task's or a log's removal takes them along.
   * @returns their number
   */
  removeAbandoned(): Promise<number>
  /** True if the store has nothing at all, unfinished puts included. */
  isEmpty(): Promise<boolean>
  /** Null, or a sentence that says why the store cannot be used now; it changes nothing. */
  problem(): Promise<string | null>
  /** Requests to the store since the start; null: it is asked without any. */
  readonly requests: (() => Iterable<RequestCount>) | null
  close(): void
}

/**
 * An address that is good for whole `seconds` at most; nothing ends it before. The answer has the name and the content
 * type.
 */
export type ArtifactLink = { seconds: number; name: string; type: string }

/** Requests of one kind. `retried`: it succeeded after the store had refused or broken it off. */
export type RequestCount = { operation: string; outcome: 'ok' | 'retried' | 'failed'; count: number }

/** The store cannot be reached, or refuses: the same work may succeed later. The message is for people. */
export class ArtifactsUnavailable extends Error {
  readonly reason: string

  constructor(reason: string, cause?: unknown) {
    super(`The store of finished files cannot be used: ${reason}`, { cause })
    this.name = 'ArtifactsUnavailable'
    this.reason = reason
  }
}

const keyPattern = /^[A-Za-z0-9_-][A-Za-z0-9._-]*(\/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$/

/** @throws Error for a key that could leave its place, or that a store may change */
export function assertKey(key: string): void {
  if (!keyPattern.test(key)) throw new Error(`bad artifact key ${key}`)
}

/** @throws Error for a second put under a key */
export const keyTaken = (key: string) => new Error(`the artifact key ${key} is taken`)

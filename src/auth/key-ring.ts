import { randomBytes } from 'node:crypto'
import type { Transaction } from 'kysely'
import type { Database } from '../ports/database/database.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'
import { keyBytes, type SecretBox } from './secret-box.ts'

/**
 * Keys of one purpose: the current one signs, the previous one is accepted until its end. Without a stored ring the key
 * is derived from the master key, as before keys could be rotated.
 */
export type KeyRing = { current: Buffer; previous: { key: Buffer; untilMs: number } | null }

/** Purpose of the keys that sign download links. */
export const linkPurpose = 'download links'
/** Purpose of the keys that sign an account's webhooks. */
export const webhookPurpose = (accountId: string) => `webhooks of ${accountId}`

type Sealed = { current: string; previous: string | null; previous_until: number | null }

const nameOf = (purpose: string) => `key-ring ${purpose}`

/** @throws Error when the master key does not open the sealed ring */
export async function readKeyRing(queries: Queries | Transaction<Tables>, box: SecretBox, purpose: string) {
  const name = nameOf(purpose)
  const row = await queries.selectFrom('own_secret').select('sealed').where('name', '=', name).executeTakeFirst()
  if (!row) return { current: box.derive(purpose), previous: null } satisfies KeyRing
  const { current, previous, previous_until: untilMs } = JSON.parse(box.open(row.sealed, name)) as Sealed
  const before = previous === null || untilMs === null ? null : { key: Buffer.from(previous, 'hex'), untilMs }
  return { current: Buffer.from(current, 'hex'), previous: before } satisfies KeyRing
}

/** Keys that are valid at a time; the first one signs. */
export const keysOf = ({ current, previous }: KeyRing, nowMs: number): Buffer[] =>
  previous && nowMs < previous.untilMs ? [current, previous.key] : [current]

/** Stores a new random key. The previous key stays valid for `overlapMs`; 0 ends it at once. */
export async function rotateKeyRing(
  tx: Transaction<Tables>,
  box: SecretBox,
  purpose: string,
  overlapMs: number,
): Promise<KeyRing> {
  const { current } = await readKeyRing(tx, box, purpose)
  const untilMs = Date.now() + overlapMs
  const ring = { current: randomBytes(keyBytes), previous: overlapMs > 0 ? { key: current, untilMs } : null }
  await putKeyRing(tx, box, purpose, ring)
  return ring
}

/** Stores a ring, sealed. */
export async function putKeyRing(
  tx: Transaction<Tables>,
  box: SecretBox,
  purpose: string,
  ring: KeyRing,
): Promise<void> {
  const name = nameOf(purpose)
  const plain: Sealed = {
    current: ring.current.toString('hex'),
    previous: ring.previous?.key.toString('hex') ?? null,
    previous_until: ring.previous?.untilMs ?? null,
  }
  const sealed = box.seal(JSON.stringify(plain), name)
  await tx
    .insertInto('own_secret')
    .values({ name, sealed, created_at_ms: Date.now() })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ sealed }))
    .execute()
}

/** A process begins to use a key that another process made at most this late. */
const refreshMs = 5_000

/** The keys of download links, as this process last read them. */
export type LinkKeys = {
  keys(): readonly Buffer[]
  /** Reads the keys anew. */
  refresh(): Promise<void>
  stop(): Promise<void>
}

export async function openLinkKeys({ database, box }: { database: Database; box: SecretBox }): Promise<LinkKeys> {
  let ring = await readKeyRing(database.queries, box, linkPurpose)
  const refresh = async () => {
    ring = await readKeyRing(database.queries, box, linkPurpose)
  }
  let last: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    last = refresh().catch(() => undefined) // the last known keys stay; a download refreshes them and fails itself
  }, refreshMs)
  timer.unref()
  return {
    keys: () => keysOf(ring, Date.now()),
    refresh,
    stop: async () => {
      clearInterval(timer)
      await last
    },
  }
}

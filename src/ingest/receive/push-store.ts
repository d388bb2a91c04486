import type { Transaction } from 'kysely'
import { insertBatch, type NewBatch } from '../../ledger/batches.ts'
import type { Database } from '../../ports/database/database.ts'
import type { PushRow } from '../../ports/database/push-rows.ts'
import type { BatchRow, Tables } from '../../ports/database/schema.ts'
import type { EarlierPush } from './push-digest.ts'

/** A push to record under a key. A push without a key leaves only its lines and counts. */
type KeyedPush = Key & { bytes: number; pushedSha256: string | null }

/** The received bytes and pushes of a batch, to be recorded. `batchId` is null for a batch that begins now. */
export type Received = {
  batchId: number | null
  newBatch: NewBatch
  receivedBytes: number
  pushes: number
  keyed: KeyedPush[]
}

/** Another process recorded one of these keys meanwhile. */
export class KeyTaken extends Error {}

/** A key belongs to an account's source: equal keys of two sources are unrelated. */
export type Key = { accountId: string; source: string; idempotencyKey: string }

/** A push's name in `knownKeys`. */
export const keyText = ({ accountId, source, idempotencyKey }: Key): string =>
  JSON.stringify([accountId, source, idempotencyKey])

/** Earlier pushes under these keys, by `keyText`. */
export async function knownKeys(queries: Database['queries'], keys: readonly Key[]): Promise<Map<string, EarlierPush>> {
  const known = new Map<string, EarlierPush>()
  const bySource = new Map(keys.map((key) => [JSON.stringify([key.accountId, key.source]), key]))
  for (const { accountId, source } of bySource.values()) {
    const own = keys.filter((key) => key.accountId === accountId && key.source === source)
    const names = own.map((key) => key.idempotencyKey)
    const grouped = await queries
      .selectFrom('push')
      .innerJoin('batch', 'batch.id', 'push.batch_id')
      .select(['push.batch_id as batchId', 'batch.loaded_by as loadedBy'])
      .select(['push.idempotency_key as idempotencyKey', 'push.pushed_sha256 as pushedSha256'])
      .where('push.account_id', '=', accountId)
      .where('push.source', '=', source)
      .where('push.idempotency_key', 'in', names)
      .execute()
    const alone = await queries
      .selectFrom('batch')
      .select(['id as batchId', 'loaded_by as loadedBy'])
      .select(['idempotency_key as idempotencyKey', 'pushed_sha256 as pushedSha256'])
      .where('account_id', '=', accountId)
      .where('source', '=', source)
      .where('idempotency_key', 'in', names)
      .execute()
    for (const { idempotencyKey, ...earlier } of [...alone, ...grouped])
      known.set(keyText({ accountId, source, idempotencyKey: idempotencyKey ?? '' }), earlier)
  }
  return known
}

/**
 * Records the received bytes of batches of pushes, all or none; the bytes must be on disk before.
 * @returns the batches, in the given order
 * @throws KeyTaken
 */
export function recordReceived(database: Database, received: readonly Received[]): Promise<number[]> {
  return database.write(async (tx) => {
    const ids: number[] = []
    for (const one of received) {
      const id = one.batchId ?? (await insertBatch(tx, database, one.newBatch, 'collecting'))
      ids.push(id)
      await tx
        .updateTable('batch')
        .set({ received_bytes: one.receivedBytes, pushes: one.pushes, updated_at_ms: database.nowMs })
        .where('id', '=', id)
        .execute()
      await insertKeys(tx, database, id, one.keyed)
    }
    return ids
  })
}

const keysAtOnce = 500

async function insertKeys(tx: Transaction<Tables>, database: Database, batchId: number, keyed: KeyedPush[]) {
  for (let at = 0; at < keyed.length; at += keysAtOnce) {
    const rows = keyed.slice(at, at + keysAtOnce).map((push) => ({
      account_id: push.accountId,
      source: push.source,
      idempotency_key: push.idempotencyKey,
      pushed_sha256: push.pushedSha256,
      batch_id: batchId,
      bytes: push.bytes,
      created_at_ms: database.nowMs,
    }))
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto('push')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow()
    if (numInsertedOrUpdatedRows !== BigInt(rows.length)) throw new KeyTaken()
  }
}

/** Batches of pushes that this data directory was collecting when its process ended. */
export const collectingBatches = (database: Database, owner: string): Promise<BatchRow[]> =>
  database.queries
    .selectFrom('batch')
    .selectAll()
    .where('state', '=', 'collecting')
    .where('owner', '=', owner)
    .orderBy('id')
    .execute()

/** The collecting batch whose bytes have this path; undefined when there is none. */
export const batchOfSegment = (database: Database, path: string): Promise<BatchRow | undefined> =>
  database.queries
    .selectFrom('batch')
    .selectAll()
    .where('state', '=', 'collecting')
    .where('content_path', '=', path)
    .executeTakeFirst()

/** Ends collecting: from now on the batch waits like any other. */
export async function queueCollected(database: Database, batchId: number): Promise<void> {
  await database.queries
    .updateTable('batch')
    .set({ state: 'queued', updated_at_ms: database.nowMs })
    .where('id', '=', batchId)
    .where('state', '=', 'collecting')
    .execute()
}

/** A batch's pushes with a key, oldest first. */
export const pushesOfBatch = (database: Database, batchId: number, limit: number): Promise<PushRow[]> =>
  database.queries
    .selectFrom('push')
    .selectAll()
    .where('batch_id', '=', batchId)
    .orderBy('created_at_ms')
    .orderBy('idempotency_key')
    .limit(limit)
    .execute()

/** Lets keys read batches of other keys that their pushes were answered with. */
export async function recordReaders(
  queries: Database['queries'],
  readers: readonly { batchId: number; accessKey: string }[],
): Promise<void> {
  for (const { batchId, accessKey } of readers) {
    await queries
      .insertInto('push_reader')
      .values({ batch_id: batchId, access_key: accessKey })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
}

/** True if a push of this key was answered with that batch. */
export async function isReader(queries: Database['queries'], batchId: number, accessKey: string): Promise<boolean> {
  const found = await queries
    .selectFrom('push_reader')
    .select('batch_id')
    .where('batch_id', '=', batchId)
    .where('access_key', '=', accessKey)
    .executeTakeFirst()
  return found !== undefined
}

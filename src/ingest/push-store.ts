import type { Transaction } from 'kysely'
import type { Database } from '../database/database.ts'
import type { BatchRow, PushRow, Tables } from '../database/schema.ts'
import { insertBatch, type NewBatch } from './batch-store.ts'

/** A push that is to be recorded under a key. Pushes without one leave nothing but their lines and their number. */
export type KeyedPush = { accountId: string; idempotencyKey: string; bytes: number }

/** What a batch of pushes has received for good, once it is recorded. `batchId` is null for one that begins with it. */
export type Received = {
  batchId: number | null
  newBatch: NewBatch
  receivedBytes: number
  pushes: number
  keyed: KeyedPush[]
}

/** A key of these was recorded by another process meanwhile. */
export class KeyTaken extends Error {}

type Key = { accountId: string; idempotencyKey: string }

/** How `knownKeys` names a push. */
export const keyText = ({ accountId, idempotencyKey }: Key): string => JSON.stringify([accountId, idempotencyKey])

/** Which batches have the pushes that came before under these keys, by `keyText`. */
export async function knownKeys(queries: Database['queries'], keys: readonly Key[]): Promise<Map<string, number>> {
  const known = new Map<string, number>()
  for (const accountId of new Set(keys.map((key) => key.accountId))) {
    const names = keys.filter((key) => key.accountId === accountId).map((key) => key.idempotencyKey)
    const grouped = await queries
      .selectFrom('push')
      .select(['batch_id as batchId', 'idempotency_key as idempotencyKey'])
      .where('account_id', '=', accountId)
      .where('idempotency_key', 'in', names)
      .execute()
    const alone = await queries
      .selectFrom('batch')
      .select(['id as batchId', 'idempotency_key as idempotencyKey'])
      .where('account_id', '=', accountId)
      .where('idempotency_key', 'in', names)
      .execute()
    for (const { batchId, idempotencyKey } of [...alone, ...grouped])
      known.set(keyText({ accountId, idempotencyKey: idempotencyKey ?? '' }), batchId)
  }
  return known
}

/**
 * Records what batches of pushes have received, all of it or nothing; their bytes are on disk by then.
 * @returns the batches, in the order given
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
      idempotency_key: push.idempotencyKey,
      batch_id: batchId,
      bytes: push.bytes,
      created_at_ms: database.nowMs as unknown as number,
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

/** What is recorded of a batch of pushes by the path of its bytes; undefined when nothing is. */
export const batchOfSegment = (database: Database, path: string): Promise<BatchRow | undefined> =>
  database.queries
    .selectFrom('batch')
    .selectAll()
    .where('state', '=', 'collecting')
    .where('content_path', '=', path)
    .executeTakeFirst()

/** Ends collecting: from now on the batch waits to be loaded as any other. */
export async function queueCollected(database: Database, batchId: number): Promise<void> {
  await database.queries
    .updateTable('batch')
    .set({ state: 'queued', updated_at_ms: database.nowMs })
    .where('id', '=', batchId)
    .where('state', '=', 'collecting')
    .execute()
}

/** The pushes of a batch that came under a key, oldest first. */
export const pushesOfBatch = (database: Database, batchId: number, limit: number): Promise<PushRow[]> =>
  database.queries
    .selectFrom('push')
    .selectAll()
    .where('batch_id', '=', batchId)
    .orderBy('created_at_ms')
    .orderBy('idempotency_key')
    .limit(limit)
    .execute()

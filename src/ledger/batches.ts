import type { Transaction } from 'kysely'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { MayDeliver } from '../ports/database/ownership-rows.ts'
import type { BatchRow, BatchState, OverlapRule, Tables } from '../ports/database/schema.ts'
import type { Compression } from '../ports/warehouse/decompress.ts'
import { abandonLoad } from './loads.ts'

/** A batch as known when its bytes have arrived. */
export type NewBatch = {
  accountId: string
  loadedBy: string
  name: string
  source: string
  format: string
  defaultDomain: string | null
  serviceArea: string
  /** The zone of log times that name none. */
  logZone: string
  /** Classes of lines that count although no visitor asked, in their order. */
  countAlso: readonly string[]
  /** The key's own list of domains; null: the key has none. */
  allowedDomains: string[] | null
  mayDeliver: MayDeliver
  force: boolean
  overlap: OverlapRule
  /** Largest share of rejected lines with which the batch counts by itself, in percent. */
  rejectedPercentMax: number
  delivery: 'file' | 'push'
  idempotencyKey: string | null
  /** Digest of the bytes pushed under the key (push-digest.ts); null: there is no key, or the digest is unknown. */
  pushedSha256: string | null
  owner: string
  content: DeliveredContent
  contentIsSpooled: boolean
}

/** Another delivery recorded a push with the same key meanwhile. */
export class KnownPush extends Error {}

/** Records a batch, durably, as queued. @throws KnownPush */
export async function createBatch(database: Database, batch: NewBatch): Promise<number> {
  const [id] = await createBatches(database, [batch])
  return id as number
}

/** Records batches in their order, all or none. @returns their ids, ascending @throws KnownPush */
export function createBatches(database: Database, batches: readonly NewBatch[]): Promise<number[]> {
  return database.write(async (tx) => {
    const ids: number[] = []
    for (const batch of batches) ids.push(await insertBatch(tx, database, batch))
    return ids
  })
}

/** Records a batch inside `tx`. @throws KnownPush */
export async function insertBatch(
  tx: Transaction<Tables>,
  database: Database,
  batch: NewBatch,
  state: 'queued' | 'collecting' = 'queued',
): Promise<number> {
  const id = await nextValue(tx, 'batch')
  await countBatch(tx, batch.accountId)
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('batch')
    .values({
      ...noFigures,
      id,
      state,
      account_id: batch.accountId,
      loaded_by: batch.loadedBy,
      name: batch.name,
      source: batch.source,
      format: batch.format,
      default_domain: batch.defaultDomain,
      service_area: batch.serviceArea,
      log_zone: batch.logZone,
      count_also_json: JSON.stringify(batch.countAlso),
      allowed_domains_json: batch.allowedDomains ? JSON.stringify(batch.allowedDomains) : null,
      may_deliver: batch.mayDeliver,
      force: batch.force ? 1 : 0,
      overlap: batch.overlap,
      rejected_percent_max: batch.rejectedPercentMax,
      delivery: batch.delivery,
      idempotency_key: batch.idempotencyKey,
      pushed_sha256: batch.pushedSha256,
      owner: batch.owner,
      content_path: batch.content.path,
      content_is_spooled: batch.contentIsSpooled ? 1 : 0,
      compression: batch.content.compression,
      content_end_byte: batch.content.endByte ?? null,
      created_at_ms: database.nowMs,
      updated_at_ms: database.nowMs,
    })
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst()
  if (numInsertedOrUpdatedRows === 0n) throw batch.idempotencyKey ? new KnownPush() : new Error(`batch ${id} exists`)
  return id
}

const noFigures = {
  ranges_json: null,
  end_byte: null,
  content_sha256: null,
  head_sha256: null,
  first_line_sha256: null,
  beginnings_json: null,
  ends_with_newline: null,
  delivered_bytes: null,
  lines: null,
  requests: null,
  rejected_lines: null,
  header_lines: null,
  rejected_json: null,
  flux_bytes: null,
  first_time_ms: null,
  last_time_ms: null,
  geo_version: null,
  overlap_requests: null,
  overlap_batches_json: null,
  client_addresses: null,
  query_strings: null,
  duplicate_of: null,
  error_code: null,
  error_message: null,
  received_bytes: null,
  pushes: null,
  attempts: 0,
  looks: 0,
  loaded_at_ms: null,
}

/** A batch by id, or undefined. With `accountId`, only that account's batches are searched. */
export const findBatch = (database: Database, id: number, accountId?: string): Promise<BatchRow | undefined> =>
  database.queries
    .selectFrom('batch')
    .selectAll()
    .where('id', '=', id)
    .$if(accountId !== undefined, (query) => query.where('account_id', '=', accountId as string))
    .executeTakeFirst()

/** Newest first. @param states an empty list means all */
export async function listBatches(
  database: Database,
  filter: { accountId?: string; states: BatchState[]; limit: number; offset: number },
): Promise<{ total: number; batches: BatchRow[] }> {
  // Callers see a collecting batch as queued.
  const states = filter.states.flatMap((state): BatchState[] => (state === 'queued' ? ['collecting', state] : [state]))
  const base = database.queries
    .selectFrom('batch')
    .$if(filter.states.length > 0, (query) => query.where('state', 'in', states))
    .$if(filter.accountId !== undefined, (query) => query.where('account_id', '=', filter.accountId as string))
  const batches = await base.selectAll().orderBy('id', 'desc').limit(filter.limit).offset(filter.offset).execute()
  if (filter.states.length === 0) return { total: await countedBatches(database, filter.accountId), batches }
  const { total } = await base.select((eb) => eb.fn.countAll<number>().as('total')).executeTakeFirstOrThrow()
  return { total: Number(total), batches }
}

async function countedBatches(database: Database, accountId: string | undefined): Promise<number> {
  const counts = await database.queries
    .selectFrom('batch_count')
    .select('batches')
    .$if(accountId !== undefined, (query) => query.where('account_id', '=', accountId as string))
    .execute()
  return counts.reduce((sum, { batches }) => sum + batches, 0)
}

const countBatch = (tx: Transaction<Tables>, accountId: string) =>
  tx
    .insertInto('batch_count')
    .values({ account_id: accountId, batches: 1 })
    .onConflict((conflict) =>
      conflict.column('account_id').doUpdateSet((eb) => ({ batches: eb('batch_count.batches', '+', 1) })),
    )
    .execute()

/** Records a batch for rows whose batch is unknown (consistency/unknown-loads.ts). @returns its id */
export async function insertUnknownBatch(tx: Transaction<Tables>, database: Database): Promise<number> {
  const nobody = { accountId: '', loadedBy: '', source: '', owner: '', serviceArea: '', logZone: '' }
  const id = await insertBatch(tx, database, {
    ...nobody,
    name: '(rows that the ledger did not know)',
    format: '-',
    defaultDomain: null,
    countAlso: [],
    allowedDomains: null,
    mayDeliver: 'any',
    force: false,
    overlap: 'accept',
    rejectedPercentMax: 100,
    delivery: 'push',
    idempotencyKey: null,
    pushedSha256: null,
    content: { path: '', compression: 'none' },
    contentIsSpooled: false,
  })
  await tx.updateTable('batch').set({ state: 'forgotten' }).where('id', '=', id).execute()
  return id
}

/**
 * Resets the batches that this process worked on when it last ended: gives their loads up, and queues them again.
 * @param batchIds only these batches; the others are still in progress
 * @returns the given-up loads
 */
export async function requeueInterrupted(
  database: Database,
  owner: string,
  batchIds?: readonly number[],
): Promise<number[]> {
  if (batchIds?.length === 0) return []
  return database.write(async (tx) => {
    const rows = await tx
      .selectFrom('batch')
      .innerJoin('load', 'load.batch_id', 'batch.id')
      .select('load.load_id')
      .where('load.state', '=', 'pending')
      .where('load.copied_by', 'is', null) // another process may be writing this copy now (load-copies.ts)
      .where('batch.owner', '=', owner)
      .$if(batchIds !== undefined, (query) => query.where('batch.id', 'in', [...(batchIds ?? [])]))
      .execute()
    for (const row of rows) await abandonLoad(tx, row.load_id)
    await tx
      .updateTable('batch')
      .set({ state: 'queued' })
      .where('state', '=', 'loading')
      .where('owner', '=', owner)
      .$if(batchIds !== undefined, (query) => query.where('id', 'in', [...(batchIds ?? [])]))
      .execute()
    return rows.map((row) => row.load_id)
  })
}

/** A log as delivered: the whole file, or the first `endByte` bytes of an uncompressed one. */
export type DeliveredContent = { path: string; compression: Compression; endByte?: number }

import type { Kysely } from 'kysely'

/** The rule for requests that another batch of the same source has, too, and the requests found. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('batch')
    .addColumn('overlap', 'text', (c) => c.notNull().defaultTo('refuse'))
    .execute()
  await db.schema.alterTable('batch').addColumn('overlap_requests', 'bigint').execute()
  await db.schema.alterTable('batch').addColumn('overlap_batches_json', 'text').execute()
  await db.schema.createIndex('batch_by_time').on('batch').columns(['source', 'state', 'last_time_ms']).execute()
}

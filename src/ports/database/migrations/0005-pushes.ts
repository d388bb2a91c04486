import type { Kysely } from 'kysely'

/** Small pushes that are received together as one batch, and their keys. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const name of ['received_bytes', 'pushes']) {
    await db.schema.alterTable('batch').addColumn(name, 'bigint').execute()
  }
  await db.schema
    .createTable('push')
    .addColumn('account_id', 'text', (c) => c.notNull())
    .addColumn('idempotency_key', 'text', (c) => c.notNull())
    .addColumn('batch_id', 'bigint', (c) => c.notNull().references('batch.id'))
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('push_by_key', ['account_id', 'idempotency_key'])
    .execute()
  await db.schema.createIndex('push_by_batch').on('push').columns(['batch_id']).execute()
}

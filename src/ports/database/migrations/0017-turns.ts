import { type Kysely, type SqlBool, sql } from 'kysely'

/**
 * Bytes reserved in the account's limit for a task until it is done. Older tasks have none reserved, and ask for bytes
 * as they write. And an index of waiting batches by account, for turns.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('export_task')
    .addColumn('reserved_bytes', 'bigint', (c) => c.notNull().defaultTo(0))
    .execute()
  await db.schema
    .createIndex('batch_by_turn')
    .on('batch')
    .columns(['owner', 'account_id', 'id'])
    .where(sql<SqlBool>`state = 'queued'`)
    .execute()
  await db.schema
    .createIndex('export_task_reserved')
    .on('export_task')
    .columns(['account_id', 'reserved_bytes'])
    .where(sql<SqlBool>`state in ('waiting', 'processing')`)
    .execute()
}

import { type Kysely, type SqlBool, sql } from 'kysely'

/**
 * Bytes that a task may write before it is done, kept free of the account's limit meanwhile: none of a task from before it,
 * which asks for them as it writes. And what waits to be loaded by account, for turns.
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

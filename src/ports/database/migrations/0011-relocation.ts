import type { Kysely } from 'kysely'

/** Relocations, and the process that writes a copy of a load. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('load').addColumn('copied_by', 'text').execute()
  await db.schema
    .createTable('relocation')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('created_by', 'text', (c) => c.notNull())
    .addColumn('scope_json', 'text', (c) => c.notNull())
    .addColumn('batches', 'bigint', (c) => c.notNull())
    .addColumn('requests', 'bigint', (c) => c.notNull())
    .addColumn('last_batch_id', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('batches_done', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('batches_skipped', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('batches_failed', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('requests_done', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('requests_moved', 'bigint', (c) => c.notNull().defaultTo(0))
    .addColumn('problems_json', 'text', (c) => c.notNull().defaultTo('[]'))
    .addColumn('error_code', 'text')
    .addColumn('error_message', 'text')
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('ended_at_ms', 'bigint')
    .execute()
}

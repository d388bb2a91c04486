import type { Kysely } from 'kysely'

/** Cadences as operators state them, and the buckets that a task with only final figures waits for. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('source_cadence')
    .addColumn('source', 'text', (c) => c.primaryKey())
    .addColumn('files_per_hour', 'bigint')
    .addColumn('delay_seconds', 'bigint')
    .addColumn('skips_empty_hours', 'bigint', (c) => c.notNull())
    .addColumn('domains_json', 'text')
    .addColumn('expected_from_ms', 'bigint')
    .addColumn('expected_until_ms', 'bigint')
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema.alterTable('export_task').addColumn('final_by_ms', 'bigint').execute()
  await db.schema.alterTable('export_task').addColumn('waits_for', 'text').execute()
  // Partial: of all waiting tasks, few wait for final figures.
  await db.schema
    .createIndex('export_task_waits_for_final')
    .on('export_task')
    .columns(['id'])
    .where('waits_for' as never, 'is not', null)
    .execute()
}

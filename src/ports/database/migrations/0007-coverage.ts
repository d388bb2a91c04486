import type { Kysely } from 'kysely'

/** When sources report, as an operator states it; and what a task that wants final figures alone waits for. */
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
  // The few tasks that wait for final figures, among all that wait.
  await db.schema
    .createIndex('export_task_waits_for_final')
    .on('export_task')
    .columns(['id'])
    .where('waits_for' as never, 'is not', null)
    .execute()
}

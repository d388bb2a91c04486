import type { Kysely } from 'kysely'

/** The account, or all, whose data an operator's export task reads. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('export_task').addColumn('whose', 'text').execute()
  // Partial: few tasks are hidden from the other keys of their account, and most accounts have none.
  await db.schema
    .createIndex('export_task_for_operators')
    .on('export_task')
    .columns(['account_id', 'updated_at_ms'])
    .where('whose' as never, 'is not', null)
    .execute()
}

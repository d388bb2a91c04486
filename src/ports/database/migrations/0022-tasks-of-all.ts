import type { Kysely } from 'kysely'

/** The list of every account's tasks, in its order. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('export_task_of_all')
    .on('export_task')
    .columns(['updated_at_ms desc', 'id desc'])
    .execute()
}

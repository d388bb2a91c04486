import type { Kysely } from 'kysely'

/** Tasks by their account's own data version: a question at an old version names it, and walked all tasks. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('export_task_by_account_version')
    .on('export_task')
    .columns(['account_version', 'data_version'])
    .execute()
}

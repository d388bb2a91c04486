import type { Kysely } from 'kysely'

/** Running backups: the data that they read are neither removed nor dropped. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('backup_pin')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('data_version', 'bigint', (c) => c.notNull())
    .addColumn('until_ms', 'bigint', (c) => c.notNull())
    .execute()
}

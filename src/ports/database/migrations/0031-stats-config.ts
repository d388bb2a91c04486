import type { Kysely } from 'kysely'

/** Configurations of the contract's statistics, kept for those who read back what they set. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('stats_config')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('config_type', 'integer', (column) => column.notNull())
    .addColumn('resource_type', 'text', (column) => column.notNull())
    .addColumn('resource_name', 'text', (column) => column.notNull())
    .addColumn('config_json', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('stats_config_key', ['account_id', 'config_type', 'resource_type', 'resource_name'])
    .execute()
}

import type { Kysely } from 'kysely'

/** Links that sign a person in to the console once, and a count that ends all console sessions of a key. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('access_key')
    .addColumn('console_generation', 'bigint', (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema
    .createTable('console_link')
    .addColumn('token_sha256', 'text', (column) => column.primaryKey())
    .addColumn('access_key', 'text', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('console_link_by_key').on('console_link').columns(['access_key']).execute()
}

import type { Kysely } from 'kysely'

/** Charge modes that accounts have set, each from its time on; an account without a row has the server's. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('charge_mode')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('service_area', 'text', (column) => column.notNull())
    .addColumn('effective_at_ms', 'bigint', (column) => column.notNull())
    .addColumn('charge_mode', 'text', (column) => column.notNull())
    .addColumn('created_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('charge_mode_key', ['account_id', 'service_area', 'effective_at_ms'])
    .execute()
}

import type { Kysely } from 'kysely'

/** How often a server ended while it looked at a batch: one that takes it along is not looked at for ever. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('batch')
    .addColumn('looks', 'integer', (c) => c.notNull().defaultTo(0))
    .execute()
}

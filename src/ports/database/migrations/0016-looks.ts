import type { Kysely } from 'kysely'

/**
 * Counts ends of a server while it looked at a batch, so that a batch that crashes the server is not looked at for
 * ever.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('batch')
    .addColumn('looks', 'integer', (c) => c.notNull().defaultTo(0))
    .execute()
}

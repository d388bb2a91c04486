import type { Kysely } from 'kysely'

/** The rejected share above which a batch does not count by itself. Batches from before were never measured. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('batch')
    .addColumn('rejected_percent_max', 'integer', (c) => c.notNull().defaultTo(100))
    .execute()
}

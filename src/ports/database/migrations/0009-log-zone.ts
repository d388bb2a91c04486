import type { Kysely } from 'kysely'

/** The zone of a batch's times that name none. Older batches have formats whose times always name one. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('batch')
    .addColumn('log_zone', 'text', (c) => c.notNull().defaultTo('UTC'))
    .execute()
}

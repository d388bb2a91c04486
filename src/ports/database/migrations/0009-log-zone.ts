import type { Kysely } from 'kysely'

/** A batch names the zone of times that say none. Batches from before it are of formats whose times do. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .alterTable('batch')
    .addColumn('log_zone', 'text', (c) => c.notNull().defaultTo('UTC'))
    .execute()
}

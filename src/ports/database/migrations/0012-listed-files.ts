import type { Kysely } from 'kysely'

/** The last time at which a source listed a file; files long gone from a bucket are forgotten. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('source_file').addColumn('seen_at_ms', 'bigint').execute()
}

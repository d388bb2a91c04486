import type { Kysely } from 'kysely'

/** When a file of a source was last seen where it is: what is long gone from a bucket is forgotten. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('source_file').addColumn('seen_at_ms', 'bigint').execute()
}

import type { Kysely } from 'kysely'

/** The version of the geographic data that a batch was located with. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('batch').addColumn('geo_version', 'bigint').execute()
}

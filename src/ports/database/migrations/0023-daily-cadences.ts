import type { Kysely } from 'kysely'

/** Cadences of sources with daily files: their number a day, and the zone of that day. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('source_cadence').addColumn('files_per_day', 'bigint').execute()
  await db.schema.alterTable('source_cadence').addColumn('day_zone', 'text').execute()
}

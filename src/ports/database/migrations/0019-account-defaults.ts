import type { Kysely } from 'kysely'

/** An account's own service area, language and time zone, for requests of people. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const name of ['default_service_area', 'default_language', 'default_time_zone'])
    await db.schema.alterTable('account').addColumn(name, 'text').execute()
}

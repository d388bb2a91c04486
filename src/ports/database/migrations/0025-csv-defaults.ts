import type { Kysely } from 'kysely'

/** An account's own form of CSV files, for requests of people. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const name of ['default_csv_delimiter', 'default_csv_decimal', 'default_csv_bom'])
    await db.schema.alterTable('account').addColumn(name, 'text').execute()
}

import type { Kysely } from 'kysely'

/** The privacy profile that a batch was loaded with, and the server's own secrets. Older batches are as logged. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('batch').addColumn('client_addresses', 'text').execute()
  await db.schema.alterTable('batch').addColumn('query_strings', 'text').execute()
  const batches = (db as Kysely<{ batch: { loaded_at_ms: number; client_addresses: string; query_strings: string } }>)
    .updateTable('batch')
    .set({ client_addresses: 'full', query_strings: 'keep' })
  await batches.where('loaded_at_ms', 'is not', null).execute()
  await db.schema
    .createTable('own_secret')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('sealed', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .execute()
}

import type { Kysely } from 'kysely'

/** What the ledger keeps of every batch beyond its sums; and how a cut copy of a loaded file is recognised. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('batch').addColumn('delivered_bytes', 'bigint').execute()
  for (const name of ['rejected_json', 'first_line_sha256', 'beginnings_json']) {
    await db.schema.alterTable('batch').addColumn(name, 'text').execute()
  }
  await db.schema
    .createIndex('batch_by_first_line')
    .on('batch')
    .columns(['first_line_sha256', 'state', 'head_sha256'])
    .execute()
  // Whose duplicates a forgotten batch had.
  await db.schema.createIndex('batch_by_original').on('batch').columns(['duplicate_of']).execute()
}

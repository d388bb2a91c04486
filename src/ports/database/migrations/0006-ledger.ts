import type { Kysely } from 'kysely'

/** Further facts about every batch, and digests that recognise a cut copy of a loaded file. */
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
  // Finds the duplicates of a forgotten batch.
  await db.schema.createIndex('batch_by_original').on('batch').columns(['duplicate_of']).execute()
}

import { type Kysely, sql } from 'kysely'

/**
 * Pieces of lines that a batch ends in, as a container's run time cuts them: their rests stand in the next one. Batches from
 * before never said.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('batch').addColumn('open_pieces_json', 'text').execute()
  await db.schema
    .createIndex('batch_open_pieces')
    .on('batch')
    .columns(['account_id', 'source', 'id'])
    .where(sql.ref('open_pieces_json'), 'is not', null)
    .execute()
}

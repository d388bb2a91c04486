import type { Kysely } from 'kysely'

/** An account's latest batches of a state, such as refused ones: without it, all failed batches were walked. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.createIndex('batch_by_account_state').on('batch').columns(['account_id', 'state', 'id']).execute()
}

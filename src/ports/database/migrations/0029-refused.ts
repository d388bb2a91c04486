import { type Kysely, type SqlBool, sql } from 'kysely'

/** An account's latest refused batches: without it, all failed batches were walked. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createIndex('batch_refused')
    .on('batch')
    .columns(['account_id', 'id'])
    .where(sql<SqlBool>`state in ('failed', 'quarantined')`)
    .execute()
}

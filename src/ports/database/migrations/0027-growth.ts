import { type Kysely, type SqlBool, sql } from 'kysely'

/**
 * Indexes for ledgers of a million batches. Each statement of daily work finds its rows by equality, or by a range that
 * it asks for; none walks all counting loads (test/growth/plans.test.ts).
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await indexLoads(db)
  await indexBatches(db)
  await countBatches(db)
  await indexTasks(db)
}

async function indexTasks(db: Kysely<unknown>) {
  // Finds the oldest version of any file.
  await db.schema.createIndex('export_task_by_version').on('export_task').columns(['data_version', 'state']).execute()
  await db.schema
    .createIndex('export_task_pins')
    .on('export_task')
    .columns(['data_version'])
    .where(sql<SqlBool>`state = 'processing'`)
    .execute()
  // Partial: an expired task's files are removed at once, but for those of a killed process.
  await db.schema
    .createIndex('export_task_leftover')
    .on('export_task')
    .columns(['id'])
    .where(sql<SqlBool>`state = 'expired' and artifact_key is not null`)
    .execute()
}

async function indexLoads(db: Kysely<unknown>) {
  // The partial index was never used: a statement with bound values does not imply its condition.
  await db.schema.dropIndex('load_to_roll_up').execute()
  await db.schema.createIndex('load_by_roll_up').on('load').columns(['roll_up', 'state', 'load_id']).execute()
  await db.schema.createIndex('load_by_visible_version').on('load').columns(['visible_version']).execute()
  await db.schema.createIndex('load_by_forgotten_version').on('load').columns(['forgotten_version']).execute()
}

async function indexBatches(db: Kysely<unknown>) {
  // Content is compared within an account. Without the account as first column SQLite walked all of its batches.
  for (const name of ['batch_by_head', 'batch_by_first_line']) await db.schema.dropIndex(name).execute()
  await db.schema.createIndex('batch_by_head').on('batch').columns(['account_id', 'head_sha256', 'state']).execute()
  await db.schema
    .createIndex('batch_by_first_line')
    .on('batch')
    .columns(['account_id', 'first_line_sha256', 'state', 'head_sha256'])
    .execute()
  // The longest batch of a source bounds where batches that reach into a range can end.
  await sql`create index batch_by_length on batch (account_id, source, state, (last_time_ms - first_time_ms))`.execute(
    db,
  )
}

/** Numbers of batches of each account, so that a list's total needs no walk. */
async function countBatches(db: Kysely<unknown>) {
  await db.schema
    .createTable('batch_count')
    .addColumn('account_id', 'text', (c) => c.primaryKey())
    .addColumn('batches', 'bigint', (c) => c.notNull())
    .execute()
  await sql`insert into batch_count (account_id, batches) select account_id, count(*) from batch group by account_id`.execute(
    db,
  )
}

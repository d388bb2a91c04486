import type { Kysely } from 'kysely'

/** Log sources, the files of each that were handed over, and batches of a file's beginning. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema.alterTable('batch').addColumn('content_end_byte', 'bigint').execute()
  let sources = db.schema
    .createTable('log_source')
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('name', 'text', (c) => c.notNull())
    .addColumn('cursor', 'text')
    .addPrimaryKeyConstraint('log_source_key', ['owner', 'name'])
  for (const name of ['files_loaded', 'files_duplicate', 'files_failed'] as const) {
    sources = sources.addColumn(name as never, 'bigint', (c) => c.notNull())
  }
  await sources.execute()
  await createFiles(db)
}

async function createFiles(db: Kysely<unknown>) {
  let files = db.schema
    .createTable('source_file')
    .addColumn('owner', 'text', (c) => c.notNull())
    .addColumn('source_name', 'text', (c) => c.notNull())
    .addColumn('path', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('source_file_key', ['owner', 'source_name', 'path'])
  for (const name of ['identity', 'state']) files = files.addColumn(name as never, 'text', (c) => c.notNull())
  for (const name of ['size_bytes', 'tries', 'changed_at_ms']) {
    files = files.addColumn(name as never, 'bigint', (c) => c.notNull())
  }
  for (const name of ['end_byte', 'batch_id', 'retry_at_ms', 'gone_at_ms']) {
    files = files.addColumn(name as never, 'bigint')
  }
  for (const name of ['error_code', 'error_message']) files = files.addColumn(name as never, 'text')
  await files.execute()
  await db.schema
    .createIndex('source_file_by_state')
    .on('source_file')
    .columns(['owner', 'source_name', 'state'])
    .execute()
}

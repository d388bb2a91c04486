import { type Kysely, sql } from 'kysely'

/** Both databases run the same builder calls; `bigint` holds epoch milliseconds and byte counts. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createAccounts(db)
  await createLedger(db)
  await createExportTasks(db)
}

async function createAccounts(db: Kysely<unknown>) {
  await db.schema
    .createTable('account')
    .addColumn('id', 'text', (c) => c.primaryKey())
    .addColumn('name', 'text', (c) => c.notNull().unique())
    .addColumn('is_first', 'integer', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .execute()
  await db.schema
    .createTable('access_key')
    .addColumn('access_key', 'text', (c) => c.primaryKey())
    .addColumn('account_id', 'text', (c) => c.notNull().references('account.id'))
    .addColumn('role', 'text', (c) => c.notNull())
    .addColumn('secret_sealed', 'text', (c) => c.notNull())
    .addColumn('source', 'text')
    .addColumn('domains_json', 'text')
    .addColumn('description', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('revoked_at_ms', 'bigint')
    .execute()
  await db.schema
    .createTable('domain')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('account_id', 'text', (c) => c.references('account.id'))
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .execute()
}

async function createLedger(db: Kysely<unknown>) {
  await db.schema
    .createTable('counter')
    .addColumn('name', 'text', (c) => c.primaryKey())
    .addColumn('value', 'bigint', (c) => c.notNull())
    .execute()
  // Counters exist from the start: a missing row cannot be locked, and a pin locks both before it reads the loads.
  await sql`insert into counter (name, value) values ('batch', 0), ('load', 0), ('data_version', 0)`.execute(db)
  await createBatch(db)
  await db.schema.createIndex('batch_by_state').on('batch').columns(['state', 'id']).execute()
  await db.schema.createIndex('batch_by_head').on('batch').columns(['head_sha256', 'state']).execute()
  await db.schema.createIndex('batch_by_content').on('batch').columns(['content_sha256', 'state']).execute()
  await db.schema
    .createIndex('batch_by_key')
    .on('batch')
    .columns(['account_id', 'idempotency_key'])
    .unique()
    .where('idempotency_key' as never, 'is not', null)
    .execute()
  await db.schema
    .createTable('load')
    .addColumn('load_id', 'bigint', (c) => c.primaryKey())
    .addColumn('batch_id', 'bigint', (c) => c.notNull().references('batch.id'))
    .addColumn('state', 'text', (c) => c.notNull())
    .addColumn('visible_version', 'bigint')
    .addColumn('forgotten_version', 'bigint')
    .execute()
  // Visible and purged loads accumulate for ever; the few others are queried at every claim.
  await db.schema.createIndex('load_by_state').on('load').columns(['state', 'load_id']).execute()
  await db.schema.createIndex('load_by_batch').on('load').columns(['batch_id']).execute()
}

const batchText = [
  'default_domain',
  'idempotency_key',
  'allowed_domains_json',
  'ranges_json',
  'content_sha256',
  'head_sha256',
]
const batchNumbers = ['end_byte', 'lines', 'requests', 'rejected_lines', 'flux_bytes', 'first_time_ms', 'last_time_ms']

async function createBatch(db: Kysely<unknown>) {
  let table = db.schema.createTable('batch').addColumn('id', 'bigint', (c) => c.primaryKey())
  for (const name of ['state', 'account_id', 'loaded_by', 'name', 'source', 'format', 'service_area', 'owner']) {
    table = table.addColumn(name, 'text', (c) => c.notNull())
  }
  for (const name of ['content_path', 'compression', 'delivery'])
    table = table.addColumn(name, 'text', (c) => c.notNull())
  for (const name of ['force', 'content_is_spooled', 'attempts']) {
    table = table.addColumn(name, 'integer', (c) => c.notNull())
  }
  for (const name of [...batchText, 'error_code', 'error_message']) table = table.addColumn(name, 'text')
  for (const name of [...batchNumbers, 'duplicate_of', 'loaded_at_ms']) table = table.addColumn(name, 'bigint')
  await table
    .addColumn('ends_with_newline', 'integer')
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .execute()
}

async function createExportTasks(db: Kysely<unknown>) {
  let table = db.schema.createTable('export_task').addColumn('id', 'text', (c) => c.primaryKey())
  for (const name of ['account_id', 'name', 'action', 'state', 'request_json']) {
    table = table.addColumn(name, 'text', (c) => c.notNull())
  }
  for (const name of ['attempts', 'lease_token', 'run_at_ms', 'progress_rows']) {
    table = table.addColumn(name, 'bigint', (c) => c.notNull())
  }
  for (const name of ['created_at_ms', 'updated_at_ms', 'state_since_ms']) {
    table = table.addColumn(name, 'bigint', (c) => c.notNull())
  }
  for (const name of ['lease_owner', 'artifact_key', 'file_name', 'artifact_sha256', 'error_code', 'error_message']) {
    table = table.addColumn(name, 'text')
  }
  for (const name of ['data_version', 'lease_until_ms', 'expected_rows', 'artifact_rows', 'artifact_bytes']) {
    table = table.addColumn(name, 'bigint')
  }
  await table.execute()
  await db.schema
    .createIndex('export_task_by_update')
    .on('export_task')
    .columns(['account_id', 'updated_at_ms desc', 'id desc'])
    .execute()
  await db.schema.createIndex('export_task_by_name').on('export_task').columns(['account_id', 'name']).execute()
  // Partial: nearly all tasks are finished, and neither the claim nor the reaper reads those.
  await db.schema
    .createIndex('export_task_waiting')
    .on('export_task')
    .columns(['run_at_ms', 'id'])
    .where('state' as never, '=', 'waiting')
    .execute()
  await db.schema
    .createIndex('export_task_processing')
    .on('export_task')
    .columns(['lease_until_ms'])
    .where('state' as never, '=', 'processing')
    .execute()
  await db.schema
    .createTable('export_task_count')
    .addColumn('account_id', 'text', (c) => c.primaryKey())
    .addColumn('tasks', 'bigint', (c) => c.notNull())
    .execute()
}

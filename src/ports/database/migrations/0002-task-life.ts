import { type Kysely, sql } from 'kysely'

/** Columns and tables for a task's whole life: files, idempotency, limits, expiry, webhooks; and for later rollups. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await alterTasks(db)
  await alterLoads(db)
  await alterAccounts(db)
  await createIdempotencyKeys(db)
  await createWebhookDeliveries(db)
  await db.schema
    .createTable('retention_floor')
    .addColumn('source', 'text', (c) => c.primaryKey())
    .addColumn('first_kept_ms', 'bigint', (c) => c.notNull())
    .execute()
}

async function alterTasks(db: Kysely<unknown>) {
  for (const name of ['files_json', 'manifest_json']) {
    await db.schema.alterTable('export_task').addColumn(name, 'text').execute()
  }
  // A claim goes by account, so that no account waits behind another's thousand tasks.
  await db.schema.dropIndex('export_task_waiting').execute()
  await db.schema
    .createIndex('export_task_waiting')
    .on('export_task')
    .columns(['account_id', 'run_at_ms', 'id'])
    .where('state' as never, '=', 'waiting')
    .execute()
  await db.schema
    .createIndex('export_task_running')
    .on('export_task')
    .columns(['account_id'])
    .where('state' as never, '=', 'processing')
    .execute()
  // Covers the sum of an account's stored bytes, and the search for the next expiry.
  await db.schema
    .createIndex('export_task_stored')
    .on('export_task')
    .columns(['account_id', 'artifact_bytes'])
    .where('state' as never, '=', 'success')
    .execute()
  await db.schema
    .createIndex('export_task_by_state')
    .on('export_task')
    .columns(['state', 'state_since_ms'])
    .where('state' as never, 'not in', ['waiting', 'processing'])
    .execute()
  // One index for each filter of the list, in the list's order.
  for (const [name, column] of [
    ['export_task_of_state', 'state'],
    ['export_task_of_action', 'action'],
  ] as const) {
    await db.schema
      .createIndex(name)
      .on('export_task')
      .columns(['account_id', column, 'updated_at_ms desc', 'id desc'])
      .execute()
  }
  await db.schema
    .createIndex('export_task_by_creation')
    .on('export_task')
    .columns(['account_id', 'created_at_ms'])
    .execute()
}

async function alterLoads(db: Kysely<unknown>) {
  await db.schema
    .alterTable('load')
    .addColumn('roll_up', 'text', (c) => c.notNull().defaultTo('none'))
    .execute()
  await db.schema
    .createIndex('load_to_roll_up')
    .on('load')
    .columns(['load_id'])
    .where(sql`state = 'visible' and roll_up <> 'done'` as never)
    .execute()
  await db.schema.alterTable('counter').addColumn('changed_at_ms', 'bigint').execute()
}

async function alterAccounts(db: Kysely<unknown>) {
  for (const name of ['tasks_waiting_max', 'tasks_running_max', 'stored_bytes_max', 'rows_max']) {
    await db.schema.alterTable('account').addColumn(name, 'bigint').execute()
  }
  for (const name of ['default_format', 'default_compression']) {
    await db.schema.alterTable('account').addColumn(name, 'text').execute()
  }
}

async function createIdempotencyKeys(db: Kysely<unknown>) {
  await db.schema
    .createTable('export_idempotency')
    .addColumn('account_id', 'text', (c) => c.notNull())
    .addColumn('idempotency_key', 'text', (c) => c.notNull())
    .addColumn('body_sha256', 'text', (c) => c.notNull())
    .addColumn('task_id', 'text', (c) => c.notNull())
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('export_idempotency_key', ['account_id', 'idempotency_key'])
    .execute()
  await db.schema.createIndex('export_idempotency_age').on('export_idempotency').columns(['created_at_ms']).execute()
}

async function createWebhookDeliveries(db: Kysely<unknown>) {
  let table = db.schema.createTable('webhook_delivery').addColumn('task_id', 'text', (c) => c.primaryKey())
  for (const name of ['account_id', 'url', 'state', 'attempts_json']) {
    table = table.addColumn(name, 'text', (c) => c.notNull())
  }
  for (const name of ['attempts', 'lease_token', 'created_at_ms']) {
    table = table.addColumn(name, 'bigint', (c) => c.notNull())
  }
  for (const name of ['next_at_ms', 'first_at_ms']) table = table.addColumn(name, 'bigint')
  await table.execute()
  await db.schema
    .createIndex('webhook_delivery_due')
    .on('webhook_delivery')
    .columns(['next_at_ms'])
    .where('state' as never, '=', 'waiting')
    .execute()
  await db.schema
    .createIndex('webhook_delivery_idle')
    .on('webhook_delivery')
    .columns(['task_id'])
    .where('state' as never, '=', 'idle')
    .execute()
}

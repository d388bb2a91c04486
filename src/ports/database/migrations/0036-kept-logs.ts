import { type Kysely, type SqlBool, sql } from 'kysely'

/** Log files that are kept for a source: for how many days, which batch's bytes they are, and the domains in them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('log_keeping')
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('keep_days', 'bigint', (column) => column.notNull())
    .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('log_keeping_key', ['account_id', 'source'])
    .execute()
  await db.schema
    .createTable('kept_log')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('batch_id', 'bigint', (column) => column.notNull())
    .addColumn('load_id', 'bigint', (column) => column.notNull())
    .addColumn('account_id', 'text', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('start_ms', 'bigint', (column) => column.notNull())
    .addColumn('end_ms', 'bigint', (column) => column.notNull())
    .addColumn('until_ms', 'bigint', (column) => column.notNull())
    .addColumn('bytes', 'bigint', (column) => column.notNull())
    .addColumn('sha256', 'text')
    .addColumn('counts_as', 'bigint')
    .addColumn('has_rejected', 'integer', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('kept_log_domain')
    .addColumn('domain', 'text', (column) => column.notNull())
    .addColumn('start_ms', 'bigint', (column) => column.notNull())
    .addColumn('log_id', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('kept_log_domain_key', ['domain', 'start_ms', 'log_id'])
    .execute()
  await db.schema.createIndex('kept_log_domain_log').on('kept_log_domain').column('log_id').execute()
  await db.schema.createIndex('kept_log_batch').on('kept_log').column('batch_id').execute()
  await db.schema
    .createIndex('kept_log_source')
    .on('kept_log')
    .columns(['account_id', 'source', 'state', 'bytes'])
    .execute()
  await db.schema.createIndex('kept_log_until').on('kept_log').column('until_ms').execute()
  await db.schema
    .createIndex('kept_log_open')
    .on('kept_log')
    .column('id')
    .where(sql<SqlBool>`state in ('writing', 'ended')`)
    .execute()
}

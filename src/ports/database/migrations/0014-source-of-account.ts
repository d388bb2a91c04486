import { type Kysely, sql } from 'kysely'

/** Sources belong to accounts: so do their cadences and push keys, and loads are compared within an account. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await stateCadencesByAccount(db)
  await keepPushesBySource(db)
  await db.schema.alterTable('batch').addColumn('pushed_sha256', 'text').execute()
  await db.schema.dropIndex('batch_by_key').execute()
  await db.schema
    .createIndex('batch_by_key')
    .on('batch')
    .columns(['account_id', 'source', 'idempotency_key'])
    .unique()
    .where('idempotency_key' as never, 'is not', null)
    .execute()
  await db.schema.dropIndex('batch_by_time').execute()
  await db.schema
    .createIndex('batch_by_time')
    .on('batch')
    .columns(['account_id', 'source', 'state', 'last_time_ms'])
    .execute()
}

/**
 * A cadence stated before goes to each account that has delivered under its source name. If none has, and for the
 * common delay, it stays every account's: the account ''.
 */
async function stateCadencesByAccount(db: Kysely<unknown>) {
  await db.schema
    .createTable('source_cadence_of_account')
    .addColumn('account_id', 'text', (c) => c.notNull())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('files_per_hour', 'bigint')
    .addColumn('delay_seconds', 'bigint')
    .addColumn('skips_empty_hours', 'bigint', (c) => c.notNull())
    .addColumn('domains_json', 'text')
    .addColumn('expected_from_ms', 'bigint')
    .addColumn('expected_until_ms', 'bigint')
    .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('source_cadence_by_account', ['account_id', 'source'])
    .execute()
  await sql`
    insert into source_cadence_of_account
    select coalesce(delivered.account_id, ''), stated.source, stated.files_per_hour, stated.delay_seconds,
      stated.skips_empty_hours, stated.domains_json, stated.expected_from_ms, stated.expected_until_ms, stated.updated_at_ms
    from source_cadence as stated
    left join (select distinct account_id, source from batch where account_id <> '') as delivered
      on delivered.source = stated.source and stated.source <> '*'`.execute(db)
  await db.schema.dropTable('source_cadence').execute()
  await db.schema.alterTable('source_cadence_of_account').renameTo('source_cadence').execute()
}

/** A push key belongs to its source, and is stored with a digest of its bytes; for older keys the digest is unknown. */
async function keepPushesBySource(db: Kysely<unknown>) {
  await db.schema
    .createTable('push_of_source')
    .addColumn('account_id', 'text', (c) => c.notNull())
    .addColumn('source', 'text', (c) => c.notNull())
    .addColumn('idempotency_key', 'text', (c) => c.notNull())
    .addColumn('batch_id', 'bigint', (c) => c.notNull().references('batch.id'))
    .addColumn('bytes', 'bigint', (c) => c.notNull())
    .addColumn('pushed_sha256', 'text')
    .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('push_by_source_and_key', ['account_id', 'source', 'idempotency_key'])
    .execute()
  await sql`
    insert into push_of_source
    select push.account_id, batch.source, push.idempotency_key, push.batch_id, push.bytes, null, push.created_at_ms
    from push inner join batch on batch.id = push.batch_id`.execute(db)
  await db.schema.dropTable('push').execute()
  await db.schema.alterTable('push_of_source').renameTo('push').execute()
  await db.schema.createIndex('push_by_batch').on('push').columns(['batch_id']).execute()
  await db.schema
    .createTable('push_reader')
    .addColumn('batch_id', 'bigint', (c) => c.notNull().references('batch.id'))
    .addColumn('access_key', 'text', (c) => c.notNull())
    .addPrimaryKeyConstraint('push_reader_key', ['batch_id', 'access_key'])
    .execute()
}

import { type Kysely, sql } from 'kysely'

/**
 * Owners of domains over time, each from a load on; each account's own data version; and the domains that a batch's key
 * may deliver. An account keeps the history of every domain that it owns now.
 */
export async function up(db: Kysely<unknown>): Promise<void> {
  await createOwnership(db)
  await createAccountVersions(db)
  await db.schema.alterTable('load').addColumn('counts_as', 'bigint').execute()
  // Partial: copies, and loads in progress when a domain went to another account, are few or none.
  await db.schema
    .createIndex('load_counts_as')
    .on('load')
    .columns(['counts_as'])
    .where('counts_as' as never, 'is not', null)
    .execute()
  await limitBatches(db)
  await db.schema.alterTable('export_task').addColumn('account_version', 'bigint').execute()
}

async function createOwnership(db: Kysely<unknown>) {
  await db.schema
    .createTable('domain_ownership')
    .addColumn('domain_name', 'text', (c) => c.notNull())
    .addColumn('account_id', 'text', (c) => c.notNull().references('account.id'))
    .addColumn('from_version', 'bigint', (c) => c.notNull())
    .addColumn('until_version', 'bigint')
    .addColumn('owned_from_load', 'bigint', (c) => c.notNull())
    .addColumn('seen_from_load', 'bigint', (c) => c.notNull())
    .addPrimaryKeyConstraint('domain_ownership_key', ['domain_name', 'from_version'])
    .execute()
  // Covers all columns that a look-up of an account's domains reads.
  await db.schema
    .createIndex('domain_ownership_by_account')
    .on('domain_ownership')
    .columns(['account_id', 'domain_name', 'until_version', 'from_version', 'seen_from_load'])
    .execute()
  await sql`insert into domain_ownership
    (domain_name, account_id, from_version, until_version, owned_from_load, seen_from_load)
    select name, account_id, 0, null, 0, 0 from domain where account_id is not null`.execute(db)
}

async function createAccountVersions(db: Kysely<unknown>) {
  await db.schema
    .createTable('account_version')
    .addColumn('account_id', 'text', (c) => c.primaryKey().references('account.id'))
    .addColumn('version', 'bigint', (c) => c.notNull())
    .addColumn('changed_at_ms', 'bigint')
    .execute()
  // Accounts have seen the server's version numbers, so their own continue from there.
  await sql`insert into account_version (account_id, version, changed_at_ms)
    select account.id, counter.value, counter.changed_at_ms from account, counter
    where counter.name = 'data_version' and account.is_first = 0`.execute(db)
}

async function limitBatches(db: Kysely<unknown>) {
  await db.schema
    .alterTable('batch')
    .addColumn('may_deliver', 'text', (c) => c.notNull().defaultTo('any'))
    .execute()
  await db.schema.alterTable('batch').addColumn('written_domains_json', 'text').execute()
  // Keeps the domains allowed then, for files with lines rejected for it: a new delivery of the file may be allowed
  // more.
  await sql`update batch set written_domains_json = allowed_domains_json
    where delivery = 'file' and state = 'loaded' and rejected_json like '%"domain_not_allowed"%'`.execute(db)
  // A list was the key's own, or the account's domains when the batch arrived. Either way no other domain may be in it.
  await sql`update batch set may_deliver = case
      when account_id in (select id from account where is_first = 1) then 'list' else 'account' end
    where allowed_domains_json is not null`.execute(db)
}

import { createHash } from 'node:crypto'
import { type Kysely, SqliteAdapter, sql } from 'kysely'

/** Expiry and last use of keys, locked accounts, keys of download links, and a log that only grows. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const name of ['expires_at_ms', 'last_used_at_ms']) {
    await db.schema.alterTable('access_key').addColumn(name, 'bigint').execute()
  }
  for (const name of ['replaces', 'link_tag'])
    await db.schema.alterTable('access_key').addColumn(name, 'text').execute()
  await tagKeys(db as Kysely<{ access_key: { access_key: string; link_tag: string | null } }>)
  await db.schema.createIndex('access_key_by_link_tag').on('access_key').columns(['link_tag']).unique().execute()
  await db.schema.createIndex('access_key_by_replaced').on('access_key').columns(['replaces']).execute()
  await db.schema.alterTable('account').addColumn('locked_at_ms', 'bigint').execute()
  await db.schema.alterTable('export_task').addColumn('created_by', 'text').execute()
  await createAudit(db)
}

/** A copy of today's accounts/link-tag.ts: this migration must stay unchanged when that file changes. */
async function tagKeys(db: Kysely<{ access_key: { access_key: string; link_tag: string | null } }>) {
  const keys = await db.selectFrom('access_key').select('access_key').execute()
  for (const { access_key: key } of keys) {
    const tag = createHash('sha256').update(`fluxport link of ${key}`).digest('hex').slice(0, 24)
    await db.updateTable('access_key').set({ link_tag: tag }).where('access_key', '=', key).execute()
  }
}

async function createAudit(db: Kysely<unknown>): Promise<void> {
  let table = db.schema
    .createTable('audit_event')
    .addColumn('id', 'bigint', (c) => c.primaryKey())
    .addColumn('time_ms', 'bigint', (c) => c.notNull())
  for (const name of ['action', 'object', 'outcome']) table = table.addColumn(name, 'text', (c) => c.notNull())
  for (const name of ['actor', 'account_id', 'address', 'before_json', 'after_json']) {
    table = table.addColumn(name, 'text')
  }
  await table.addColumn('digest', 'text', (c) => c.notNull()).execute()
  await db.schema.createIndex('audit_event_by_time').on('audit_event').columns(['time_ms']).execute()
  // Exists from the start, like the other counters: a missing row cannot be locked.
  await sql`insert into counter (name, value) values ('audit', 0), ('audit_pruned', 0)`.execute(db)
  const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter
  await (isSqlite ? refuseOnSqlite(db) : refuseOnPostgres(db))
}

/** A row may be deleted only after the counter names it as removed, so no deletion goes unnoticed. */
async function refuseOnSqlite(db: Kysely<unknown>): Promise<void> {
  await sql`create trigger audit_event_keeps_rows before update on audit_event
    begin select raise(abort, 'audit_event only grows'); end`.execute(db)
  await sql`create trigger audit_event_keeps_all before delete on audit_event
    when old.id > coalesce((select value from counter where name = 'audit_pruned'), 0)
    begin select raise(abort, 'audit_event only grows'); end`.execute(db)
}

async function refuseOnPostgres(db: Kysely<unknown>): Promise<void> {
  await sql`create or replace function audit_event_only_grows() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then
        if old.id <= (select value from counter where name = 'audit_pruned') then return old; end if;
      end if;
      raise exception 'audit_event only grows';
    end $$`.execute(db)
  await sql`create trigger audit_event_keeps_rows before update or delete on audit_event
    for each row execute function audit_event_only_grows()`.execute(db)
  await sql`create trigger audit_event_keeps_all before truncate on audit_event
    for each statement execute function audit_event_only_grows()`.execute(db)
}

import { type Kysely, sql, type Transaction } from 'kysely'
import { type Database, migrationNames } from './database.ts'
import type { Tables } from './schema.ts'

/** Any table of the database, by name. Names come from the database itself. */
type AnyTables = Record<string, Record<string, unknown>>
export type AnyRow = Record<string, unknown>

/** Tables that are useless in a copy: running backups, and the migrations' own tables. */
const passedOver = new Set(['backup_pin', 'console_link', 'kysely_migration', 'kysely_migration_lock'])

/** Names of the tables to copy, those first that others refer to. */
export async function tableNames(queries: Kysely<Tables> | Transaction<Tables>): Promise<string[]> {
  const tables = await queries.introspection.getTables()
  const first = ['account', 'batch']
  const rank = (name: string) => (first.indexOf(name) + first.length + 1) % (first.length + 1)
  return tables
    .map((table) => table.name)
    .filter((name) => !passedOver.has(name))
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

/** Runs `read` over one state of the whole database, without blocking writers. */
export function inSnapshot<T>(database: Database, read: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
  const transaction = database.queries.transaction()
  // SQLite's transactions always see one state.
  return (database.kind === 'sqlite' ? transaction : transaction.setIsolationLevel('repeatable read')).execute(read)
}

const rowsAtOnce = 2_000

/** All rows of a table, a page at a time. */
export async function* tableRows(
  kind: Database['kind'],
  tx: Transaction<Tables>,
  table: string,
): AsyncGenerator<AnyRow[]> {
  const any = tx as unknown as Transaction<AnyTables>
  if (kind === 'sqlite') {
    let page: AnyRow[] = []
    for await (const row of any.selectFrom(table).selectAll().stream()) {
      page.push(row)
      if (page.length < rowsAtOnce) continue
      yield page
      page = []
    }
    return yield page
  }
  await sql`declare backup_rows no scroll cursor for select * from ${sql.table(table)}`.execute(any)
  for (;;) {
    const { rows } = await sql<AnyRow>`fetch ${sql.lit(rowsAtOnce)} from backup_rows`.execute(any)
    if (rows.length === 0) break
    yield rows
  }
  await sql`close backup_rows`.execute(any)
}

/** Deletes all rows of a table. */
export async function removeRows(tx: Transaction<Tables>, table: string): Promise<void> {
  await (tx as unknown as Transaction<AnyTables>).deleteFrom(table).execute()
}

/** Inserts rows into a table. */
export async function insertRows(tx: Transaction<Tables>, table: string, rows: AnyRow[]): Promise<void> {
  const any = tx as unknown as Transaction<AnyTables>
  // A statement binds at most 32,766 values (SQLite) or 65,535 (PostgreSQL).
  const step = Math.max(1, Math.floor(30_000 / Math.max(1, Object.keys(rows[0] ?? {}).length)))
  for (let at = 0; at < rows.length; at += step) {
    await any
      .insertInto(table)
      .values(rows.slice(at, at + step))
      .execute()
  }
}

/** The migrations that the database has had, in order. */
export async function migrationsDone(queries: Kysely<Tables> | Transaction<Tables>): Promise<string[]> {
  const rows = await (queries as unknown as Kysely<AnyTables>).selectFrom('kysely_migration').select('name').execute()
  const done = new Set(rows.map((row) => row['name']))
  return migrationNames.filter((name) => done.has(name))
}

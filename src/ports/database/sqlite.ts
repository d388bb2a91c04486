import { setTimeout as delay } from 'node:timers/promises'
import BetterSqlite3 from 'better-sqlite3'
import { SqliteDialect, sql, type Transaction } from 'kysely'
import { createQueries, type Database, onlyMigrate } from './database.ts'
import { readingExactly } from './exact-sqlite.ts'
import type { Tables } from './schema.ts'

/** Older releases can lose committed rows when two connections reset the WAL at once (sqlite.org, 3.51.3). */
const sqliteVersionMin = [3, 51, 3] as const
/** Longest wait for another process's migration. */
const migrationWaitMs = 30_000

/**
 * Opens the embedded database and brings it up to date.
 * `synchronous=FULL`: with NORMAL, 9 of 15 simulated power losses lost acknowledged rows; with FULL, 0 of 18.
 */
export async function openSqlite(path: string, prepare = onlyMigrate): Promise<Database> {
  const sqlite = new BetterSqlite3(path)
  sqlite.pragma('journal_mode = WAL')
  sqlite.pragma('synchronous = FULL')
  sqlite.pragma('busy_timeout = 5000')
  sqlite.pragma('cache_size = -65536')
  sqlite.pragma('foreign_keys = ON')
  assertVersion(String(sqlite.prepare('select sqlite_version()').pluck().get()))
  const queries = createQueries(new SqliteDialect({ database: readingExactly(sqlite) }))
  try {
    await atOnce(sqlite, () => prepare(queries))
  } catch (error) {
    await queries.destroy()
    throw error
  }
  const ownChanges = sqlite.prepare('select total_changes()').pluck()
  const othersChanges = sqlite.prepare('pragma data_version').pluck()
  return {
    kind: 'sqlite',
    queries,
    nowMs: sql<number>`cast(unixepoch('subsec') * 1000 as integer)`,
    lockAndSkip: (query) => query,
    lockAgainstWriters: (query) => query,
    lock: (query) => query,
    changeMark: () => `${ownChanges.get()} ${othersChanges.get()}`,
    // There is one connection, and kysely queues its users: a transaction is alone from its beginning to its end.
    write: (work) => queries.connection().execute((alone) => inTransaction(sqlite, alone as Transaction<Tables>, work)),
    close: () => queries.destroy(),
  }
}

/**
 * SQLite may end a transaction by itself when the disk is full. Kysely's own transaction would still roll back, fail,
 * and report that failure in place of the disk's.
 */
async function inTransaction<T>(
  sqlite: BetterSqlite3.Database,
  tx: Transaction<Tables>,
  work: (tx: Transaction<Tables>) => Promise<T>,
): Promise<T> {
  sqlite.exec('begin immediate')
  try {
    const result = await work(tx)
    sqlite.exec('commit')
    return result
  } catch (error) {
    if (sqlite.inTransaction) sqlite.exec('rollback')
    throw error
  }
}

/**
 * On SQLite, kysely's migrations are neither atomic nor guarded against a second process. One transaction around them
 * is both: a killed process leaves nothing behind, and a second one waits.
 */
async function atOnce(sqlite: BetterSqlite3.Database, prepare: () => Promise<void>): Promise<void> {
  await beginAlone(sqlite)
  try {
    await prepare()
    sqlite.exec('commit')
  } catch (error) {
    if (sqlite.inTransaction) sqlite.exec('rollback')
    throw error
  }
}

/** Waits without blocking this thread, on which the holder of the lock may run. */
async function beginAlone(sqlite: BetterSqlite3.Database): Promise<void> {
  const deadlineMs = Date.now() + migrationWaitMs
  sqlite.pragma('busy_timeout = 0')
  for (;;) {
    try {
      sqlite.exec('begin immediate')
      break
    } catch (error) {
      const isBusy = error instanceof BetterSqlite3.SqliteError && error.code.startsWith('SQLITE_BUSY')
      if (!isBusy || Date.now() > deadlineMs) throw error
      await delay(20)
    }
  }
  sqlite.pragma('busy_timeout = 5000')
}

function assertVersion(version: string) {
  const found = version.split('.').map(Number)
  const differing = sqliteVersionMin.findIndex((part, i) => found[i] !== part)
  if (differing >= 0 && Number(found[differing]) < Number(sqliteVersionMin[differing])) {
    throw new Error(`SQLite ${version} can lose rows at a checkpoint; ${sqliteVersionMin.join('.')} or later is needed`)
  }
}

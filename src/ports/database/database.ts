import { Kysely, type Migration, Migrator, type RawBuilder, type SelectQueryBuilder, type Transaction } from 'kysely'
import * as first from './migrations/0001-first.ts'
import * as taskLife from './migrations/0002-task-life.ts'
import * as geo from './migrations/0003-geo.ts'
import * as sources from './migrations/0004-sources.ts'
import * as pushes from './migrations/0005-pushes.ts'
import * as ledger from './migrations/0006-ledger.ts'
import * as coverage from './migrations/0007-coverage.ts'
import * as keeping from './migrations/0008-keeping.ts'
import * as logZone from './migrations/0009-log-zone.ts'
import * as overlap from './migrations/0010-overlap.ts'
import * as relocation from './migrations/0011-relocation.ts'
import * as listedFiles from './migrations/0012-listed-files.ts'
import * as privacy from './migrations/0013-privacy.ts'
import * as sourceOfAccount from './migrations/0014-source-of-account.ts'
import * as ownership from './migrations/0015-ownership.ts'
import * as looks from './migrations/0016-looks.ts'
import * as turns from './migrations/0017-turns.ts'
import * as keysAndAudit from './migrations/0018-keys-and-audit.ts'
import * as accountDefaults from './migrations/0019-account-defaults.ts'
import * as headerLines from './migrations/0020-header-lines.ts'
import * as whose from './migrations/0021-whose.ts'
import * as tasksOfAll from './migrations/0022-tasks-of-all.ts'
import * as dailyCadences from './migrations/0023-daily-cadences.ts'
import * as quarantine from './migrations/0024-quarantine.ts'
import * as csvDefaults from './migrations/0025-csv-defaults.ts'
import * as countAlso from './migrations/0026-count-also.ts'
import * as growth from './migrations/0027-growth.ts'
import * as openPieces from './migrations/0028-open-pieces.ts'
import * as refused from './migrations/0029-refused.ts'
import * as taskAccountVersions from './migrations/0030-task-account-versions.ts'
import * as statsConfig from './migrations/0031-stats-config.ts'
import * as commits from './migrations/0032-commits.ts'
import * as chargeModes from './migrations/0033-charge-modes.ts'
import * as domainIds from './migrations/0034-domain-ids.ts'
import * as consoleSessions from './migrations/0035-console-sessions.ts'
import * as keptLogs from './migrations/0036-kept-logs.ts'
import type { Queries, Tables } from './schema.ts'

/**
 * The port for accounts, tasks and the ledger. Adapters: `sqlite.ts` (embedded) and `postgres.ts`. Every query is
 * written once in kysely; adapters differ only in the members below.
 */
export type Database = {
  kind: 'sqlite' | 'postgres'
  queries: Queries
  /** The database's own clock, unix ms: several workers agree on it, whatever their hosts' clocks say. */
  nowMs: RawBuilder<number>
  /** Locks the selected rows for this transaction and skips locked ones; SQLite has one writer and needs no lock. */
  lockAndSkip<T extends keyof Tables, O>(query: SelectQueryBuilder<Tables, T, O>): SelectQueryBuilder<Tables, T, O>
  /** Keeps the selected rows unchanged until this transaction ends; SQLite has one writer and needs no lock. */
  lockAgainstWriters<T extends keyof Tables, O>(
    query: SelectQueryBuilder<Tables, T, O>,
  ): SelectQueryBuilder<Tables, T, O>
  /**
   * Waits for the selected rows and locks them until this transaction ends; SQLite has one writer and needs no lock.
   */
  lock<T extends keyof Tables, O>(query: SelectQueryBuilder<Tables, T, O>): SelectQueryBuilder<Tables, T, O>
  /**
   * Moves with every change that any process commits, and costs microseconds; null: the database cannot tell so
   * cheaply. It may also move without a change.
   */
  changeMark(): string | null
  /** Runs `work` in a transaction that may write: all or nothing, and durable once it resolves. */
  write<T>(work: (tx: Transaction<Tables>) => Promise<T>): Promise<T>
  close(): Promise<void>
}

const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0002-task-life': taskLife,
  '0003-geo': geo,
  '0004-sources': sources,
  '0005-pushes': pushes,
  '0006-ledger': ledger,
  '0007-coverage': coverage,
  '0008-keeping': keeping,
  '0009-log-zone': logZone,
  '0010-overlap': overlap,
  '0011-relocation': relocation,
  '0012-listed-files': listedFiles,
  '0013-privacy': privacy,
  '0014-source-of-account': sourceOfAccount,
  '0015-ownership': ownership,
  '0016-looks': looks,
  '0017-turns': turns,
  '0018-keys-and-audit': keysAndAudit,
  '0019-account-defaults': accountDefaults,
  '0020-header-lines': headerLines,
  '0021-whose': whose,
  '0022-tasks-of-all': tasksOfAll,
  '0023-daily-cadences': dailyCadences,
  '0024-quarantine': quarantine,
  '0025-csv-defaults': csvDefaults,
  '0026-count-also': countAlso,
  '0027-growth': growth,
  '0028-open-pieces': openPieces,
  '0029-refused': refused,
  '0030-task-account-versions': taskAccountVersions,
  '0031-stats-config': statsConfig,
  '0032-commits': commits,
  '0033-charge-modes': chargeModes,
  '0034-domain-ids': domainIds,
  '0035-console-sessions': consoleSessions,
  '0036-kept-logs': keptLogs,
}
export const migrationNames: readonly string[] = Object.keys(migrations).sort()

/**
 * Brings the schema up to date, forward only; several processes may do so at once (kysely's lock).
 * @param upTo the last migration to run, for data of an older schema; omit for all
 * @throws the first migration's failure, and an Error when the database is newer than this program
 */
export async function migrate(queries: Queries, upTo?: string): Promise<void> {
  const migrator = new Migrator({
    db: queries as unknown as Kysely<unknown>,
    provider: { getMigrations: async () => migrations },
  })
  const { error } = await (upTo === undefined ? migrator.migrateToLatest() : migrator.migrateTo(upTo))
  if (error) throw error
}

/** The default preparation of an opened database; a restore passes another one (backup/restore-backup.ts). */
export const onlyMigrate = (queries: Queries): Promise<void> => migrate(queries)

/** Increments a named counter inside `tx` and returns its new value. Values start at 1 and never repeat. */
export async function nextValue(
  tx: Transaction<Tables>,
  name: 'batch' | 'load' | 'data_version' | 'geo_version' | 'relocation' | 'audit',
): Promise<number> {
  const changed = { changed_at_ms: Date.now() }
  const row = await tx
    .insertInto('counter')
    .values({ name, value: 1, ...changed })
    .onConflict((conflict) =>
      conflict.column('name').doUpdateSet((eb) => ({ value: eb('counter.value', '+', 1), ...changed })),
    )
    .returning('value')
    .executeTakeFirstOrThrow()
  return row.value
}

export const createQueries = (dialect: ConstructorParameters<typeof Kysely<Tables>>[0]['dialect']): Queries =>
  new Kysely<Tables>({ dialect })

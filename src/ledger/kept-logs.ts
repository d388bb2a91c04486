import { randomBytes } from 'node:crypto'
import type { Transaction } from 'kysely'
import { storedBytes } from '../accounts/stored-bytes.ts'
import type { Artifacts } from '../ports/artifacts/artifacts.ts'
import type { Database } from '../ports/database/database.ts'
import type { KeptLogRow } from '../ports/database/keeping-rows.ts'
import { keptLogIsOpen } from '../ports/database/partial-indexes.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'
import { keepDaysOf, keptUntilMs } from './log-keeping.ts'

/**
 * Log files that are kept. A row is there before the first byte, and becomes `kept` in the transaction in which its load
 * begins to count. So a server that is killed at any point leaves either a load that counts with its bytes, or a row
 * whose load never counts, by which the bytes are found and removed.
 */

/** Key of a kept log's bytes in the artifacts store. The first level has 256 directories. */
export const keptLogKey = (id: string): string => `kept-logs/${id.slice(0, 2)}/${id}`

const linkPattern = /^log\.([0-9a-f]{32})\.([A-Za-z0-9_-]{1,64})$/

/** The place of a task's id in a link to a log: the log, and the account that the link was made for. */
export const keptLogTaskId = (id: string, accountId: string): string => `log.${id}.${accountId}`

/** Reads `keptLogTaskId`; null for a task's own id, which has no dot. */
export function keptLogOfLink(taskId: string): { id: string; accountId: string } | null {
  const [, id, accountId] = linkPattern.exec(taskId) ?? []
  return id === undefined || accountId === undefined ? null : { id, accountId }
}

/** A log that is about to be kept. */
export type LogToKeep = Pick<KeptLogRow, 'batch_id' | 'load_id' | 'account_id' | 'source' | 'start_ms' | 'end_ms'> & {
  /** Name without its id: the hour and the domain. */
  nameOf: (id: string) => string
  hasRejected: boolean
  domains: readonly string[]
  /** The most bytes that it may take. */
  bytesMax: number
}

/** A row of a log; `isRefused`: the account may not store its bytes. */
export type BegunLog = { id: string; isRefused: boolean; domains: readonly string[]; startMs: number }

/**
 * Records a log before it is written, and reserves its bytes.
 * @param serverMax bound of stored bytes for an account without a limit of its own
 * @returns null when nothing of its source is kept, or not of that time
 */
export function beginKeptLog(database: Database, log: LogToKeep, serverMax: number): Promise<BegunLog | null> {
  return database.write(async (tx) => {
    const { account_id: accountId, source } = log
    const account = tx.selectFrom('account').select(['id', 'stored_bytes_max']).where('id', '=', accountId)
    const bytesMax = (await database.lock(account).executeTakeFirst())?.stored_bytes_max ?? serverMax
    const keepDays = await keepDaysOf(database, tx, { accountId, source })
    const untilMs = keptUntilMs(log.end_ms, keepDays ?? 0)
    if (keepDays === null || untilMs <= Date.now()) return null
    const { files, reserved } = await storedBytes(tx, accountId)
    const isRefused = files + reserved + log.bytesMax > bytesMax
    const id = randomBytes(16).toString('hex')
    const { nameOf, hasRejected, domains, bytesMax: most, ...row } = log
    await tx
      .insertInto('kept_log')
      .values({
        ...row,
        id,
        state: 'writing',
        name: nameOf(id),
        until_ms: untilMs,
        bytes: isRefused ? 0 : most,
        sha256: null,
        counts_as: null,
        has_rejected: hasRejected ? 1 : 0,
      })
      .execute()
    return { id, isRefused, domains, startMs: log.start_ms }
  })
}

/** Bytes of a log as they lie in the store; null: they could not be kept. */
export type WrittenLog = BegunLog & { stored: { bytes: number; sha256: string } | null }

/**
 * Makes logs kept, in the transaction that makes their loads count. A log whose setting was removed meanwhile stays
 * ended.
 */
export async function showKeptLogs(tx: Transaction<Tables>, logs: readonly WrittenLog[]): Promise<void> {
  for (const { id, stored, domains, startMs } of logs) {
    const position = (await tx
      .selectFrom('kept_log')
      .innerJoin('load', 'load.load_id', 'kept_log.load_id')
      .select(['load.load_id', 'load.counts_as'])
      .where('kept_log.id', '=', id)
      .executeTakeFirst()) ?? { load_id: 0, counts_as: null }
    const counts = { counts_as: position.counts_as ?? position.load_id }
    const shown = await tx
      .updateTable('kept_log')
      .set(stored === null ? { state: 'missed', bytes: 0 } : { state: 'kept', ...stored, ...counts })
      .where('id', '=', id)
      .where('state', '=', 'writing')
      .executeTakeFirst()
    if (shown.numUpdatedRows === 0n || stored === null) continue
    for (const domain of domains)
      await tx.insertInto('kept_log_domain').values({ domain, start_ms: startMs, log_id: id }).execute()
  }
}

/** Ends the kept bytes of a batch that does not count any more. */
export async function endKeptLogs(tx: Transaction<Tables>, batchId: number): Promise<void> {
  await tx
    .updateTable('kept_log')
    .set({ state: 'ended' })
    .where('batch_id', '=', batchId)
    .where('state', 'in', ['kept', 'missed'])
    .execute()
}

/** Ends logs that are older than their source keeps them; with `all`, every log. @returns their number */
export async function endOldKeptLogs(database: Database, all = false): Promise<number> {
  const { numUpdatedRows } = await database.queries
    .updateTable('kept_log')
    .set({ state: 'ended' })
    .where('state', 'in', ['kept', 'missed'])
    .$if(!all, (query) => query.where((eb) => eb('until_ms', '<=', database.nowMs)))
    .executeTakeFirst()
  return Number(numUpdatedRows)
}

const removedAtOnce = 100

/**
 * Removes the bytes of logs that have ended, or whose load will never count. It may run at any time, in several
 * processes, and be killed at any point: the row goes after its bytes.
 * @returns the number of removed logs
 */
export async function removeEndedLogs({ database, artifacts }: { database: Database; artifacts: Artifacts }) {
  const ended = await database.queries
    .selectFrom('kept_log')
    .leftJoin('load', 'load.load_id', 'kept_log.load_id')
    .select('kept_log.id')
    // While its load is pending, the bytes may still be written.
    .where((eb) => eb.or([eb('load.state', 'is', null), eb('load.state', '<>', 'pending')]))
    .where('kept_log.id', 'in', openLogs(database.queries))
    .limit(removedAtOnce)
    .execute()
  for (const { id } of ended) {
    await artifacts.remove(keptLogKey(id))
    await database.write(async (tx) => {
      await tx.deleteFrom('kept_log_domain').where('log_id', '=', id).execute()
      await tx.deleteFrom('kept_log').where('id', '=', id).execute()
    })
  }
  return ended.length
}

const openLogs = (queries: Queries) => queries.selectFrom('kept_log').select('id').where(keptLogIsOpen)

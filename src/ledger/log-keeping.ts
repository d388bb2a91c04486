import type { Transaction } from 'kysely'
import type { Database } from '../ports/database/database.ts'
import type { LogKeepingRow } from '../ports/database/keeping-rows.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'

/**
 * The days for which log files of an account's source are kept. Of a source without a setting nothing is. A change also
 * holds for files that are kept already.
 */

/** Ten years: more is a slip. */
export const keepDaysMax = 3_653
/** Settings of an account: a source's name is any text, so their number needs a bound. */
export const keptSourcesMax = 1_000

const dayMs = 86_400_000

/** The end of a file that ended at `endMs`, unix ms. */
export const keptUntilMs = (endMs: number, keepDays: number): number => endMs + keepDays * dayMs

/** Names a source of an account. */
export type KeptSource = { accountId: string; source: string }

/** Days of a source; null: nothing of it is kept. The setting stays as it is until `tx` ends. */
export async function keepDaysOf(
  database: Database,
  tx: Transaction<Tables>,
  { accountId, source }: KeptSource,
): Promise<number | null> {
  const setting = tx
    .selectFrom('log_keeping')
    .select('keep_days')
    .where('account_id', '=', accountId)
    .where('source', '=', source)
  return (await database.lockAgainstWriters(setting).executeTakeFirst())?.keep_days ?? null
}

/** True if anything of a source is kept now. */
export const isKept = async (queries: Queries, { accountId, source }: KeptSource): Promise<boolean> =>
  (await queries
    .selectFrom('log_keeping')
    .select('keep_days')
    .where('account_id', '=', accountId)
    .where('source', '=', source)
    .executeTakeFirst()) !== undefined

/** The settings of an account, or of all, by account and source. */
export async function readKeeping(queries: Queries, accountId: string | null): Promise<LogKeepingRow[]> {
  const rows = await queries
    .selectFrom('log_keeping')
    .selectAll()
    .$if(accountId !== null, (query) => query.where('account_id', '=', accountId ?? ''))
    .execute()
  const key = (row: LogKeepingRow) => JSON.stringify([row.account_id, row.source])
  return rows.sort((a, b) => (key(a) < key(b) ? -1 : 1))
}

/** @returns false when the account has `keptSourcesMax` settings of other sources */
export function setKeeping(database: Database, { accountId, source }: KeptSource, keepDays: number): Promise<boolean> {
  return database.write(async (tx) => {
    await database.lock(tx.selectFrom('account').select('id').where('id', '=', accountId)).execute()
    const others = (await readKeeping(tx, accountId)).filter((row) => row.source !== source)
    if (others.length >= keptSourcesMax) return false
    const set = { keep_days: keepDays, updated_at_ms: database.nowMs }
    await tx
      .insertInto('log_keeping')
      .values({ account_id: accountId, source, ...set })
      .onConflict((conflict) => conflict.columns(['account_id', 'source']).doUpdateSet(set))
      .execute()
    await tx
      .updateTable('kept_log')
      .set((eb) => ({ until_ms: eb('end_ms', '+', keepDays * dayMs) }))
      .where('account_id', '=', accountId)
      .where('source', '=', source)
      .execute()
    return true
  })
}

/** Ends a setting, and every file that was kept by it. @returns false when there was none */
export function removeKeeping(database: Database, { accountId, source }: KeptSource): Promise<boolean> {
  return database.write(async (tx) => {
    const removed = await tx
      .deleteFrom('log_keeping')
      .where('account_id', '=', accountId)
      .where('source', '=', source)
      .executeTakeFirst()
    await tx
      .updateTable('kept_log')
      .set({ state: 'ended' })
      .where('account_id', '=', accountId)
      .where('source', '=', source)
      .execute()
    return removed.numDeletedRows > 0n
  })
}

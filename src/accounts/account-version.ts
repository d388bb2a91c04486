import type { Transaction } from 'kysely'
import { sourcesByTheClock } from '../ports/database/clocked-sources.ts'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'

/**
 * An account's own data version. It moves when something changes that the account sees, and does not move with others'
 * work. The server's own version counts all changes; the first account, the operator's, is shown that one.
 */
type AccountVersion = { version: number; changedAtMs: number | null }

/** Null for the first account, and for an unknown account. */
export async function readAccountVersion(queries: Queries, accountId: string): Promise<AccountVersion | null> {
  const row = await queries
    .selectFrom('account')
    .leftJoin('account_version', 'account_version.account_id', 'account.id')
    .select(['account_version.version', 'account_version.changed_at_ms'])
    .where('account.id', '=', accountId)
    .where('account.is_first', '=', 0)
    .executeTakeFirst()
  return row ? { version: row.version ?? 0, changedAtMs: row.changed_at_ms } : null
}

/** Most names bound in one statement. */
const atOnce = 500

/**
 * Moves the versions of the domains' present owners. Pass the transaction of the change, which has moved the data
 * version.
 */
export async function ownersChanged(tx: Transaction<Tables>, domains: readonly string[]): Promise<void> {
  const owners = new Set<string>()
  for (let at = 0; at < domains.length; at += atOnce) {
    const rows = await tx
      .selectFrom('domain')
      .select('account_id')
      .distinct()
      .where('name', 'in', domains.slice(at, at + atOnce))
      .where('account_id', 'is not', null)
      .execute()
    for (const row of rows) owners.add(row.account_id as string)
  }
  await accountsChanged(tx, [...owners])
}

/** Moves the versions of some accounts. The first account gets one as well, which is never shown. */
export async function accountsChanged(tx: Transaction<Tables>, accountIds: readonly string[]): Promise<void> {
  const changed = { changed_at_ms: Date.now() }
  for (const accountId of [...accountIds].sort()) {
    await tx
      .insertInto('account_version')
      .values({ account_id: accountId, version: 1, ...changed })
      .onConflict((conflict) =>
        conflict
          .column('account_id')
          .doUpdateSet((eb) => ({ version: eb('account_version.version', '+', 1), ...changed })),
      )
      .execute()
  }
}

/** Moves every account's version: a cadence may concern any account's domains. */
export async function allAccountsChanged(tx: Transaction<Tables>): Promise<void> {
  await tx
    .updateTable('account_version')
    .set((eb) => ({ version: eb('version', '+', 1), changed_at_ms: Date.now() }))
    .execute()
}

/**
 * The clock alone makes an account's buckets final at round times, this far apart, so that no account depends on
 * another.
 */
const tickMs = 300_000

/**
 * Moves the versions of accounts that have not changed since the last round five minutes, while some source has a
 * stated number of files. Their coverage is judged at the time of their version, as in ledger/cadences.ts.
 */
export async function tickAccountVersions(database: Database, nowMs: number): Promise<void> {
  const roundMs = Math.floor(nowMs / tickMs) * tickMs
  const stale = database.queries
    .selectFrom('account_version')
    .select('account_id')
    .where('changed_at_ms', '<', roundMs)
    .where(({ exists }) => exists(sourcesByTheClock(database.queries)))
  if ((await stale.limit(1).execute()).length === 0) return
  await database.write(async (tx) => {
    await nextValue(tx, 'data_version') // so that tasks that wait for final buckets are checked again
    await tx
      .updateTable('account_version')
      .set((eb) => ({ version: eb('version', '+', 1), changed_at_ms: nowMs }))
      .where('changed_at_ms', '<', roundMs)
      .execute()
  })
}

import type { Transaction } from 'kysely'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { Queries, Tables } from '../ports/database/schema.ts'

/**
 * An account's own data version: it moves when something changes that the account sees, and stands still while others work.
 * The server's own counts everybody's. The first account, the operator's, is told that one.
 */
type AccountVersion = { version: number; changedAtMs: number | null }

/** Null for the first account, and for an account that there is not. */
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

/** Names bound in one statement. */
const atOnce = 500

/** Moves the versions of who has these domains now. In the transaction of the change, which has moved the data version. */
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

/** Moves the versions of some accounts. The first account's is kept as well: nobody is told. */
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

/** Moves every account's version: what is stated of sources may be of any of their domains. */
export async function allAccountsChanged(tx: Transaction<Tables>): Promise<void> {
  await tx
    .updateTable('account_version')
    .set((eb) => ({ version: eb('version', '+', 1), changed_at_ms: Date.now() }))
    .execute()
}

/** How often the clock alone makes an account's buckets final, at round times: no account's depends on another's. */
const tickMs = 300_000

/**
 * Moves versions of accounts in which nothing has changed since the last round five minutes, when files of a source are waited
 * for by the clock: their coverage is judged at the time of their version, as in coverage/cadence.ts.
 */
export async function tickAccountVersions(database: Database, nowMs: number): Promise<void> {
  const roundMs = Math.floor(nowMs / tickMs) * tickMs
  const stale = database.queries
    .selectFrom('account_version')
    .select('account_id')
    .where('changed_at_ms', '<', roundMs)
    .where((eb) => eb.exists(eb.selectFrom('source_cadence').select('source').where('files_per_hour', 'is not', null)))
  if ((await stale.limit(1).execute()).length === 0) return
  await database.write(async (tx) => {
    await nextValue(tx, 'data_version') // tasks that wait for final buckets are looked at again
    await tx
      .updateTable('account_version')
      .set((eb) => ({ version: eb('version', '+', 1), changed_at_ms: nowMs }))
      .where('changed_at_ms', '<', roundMs)
      .execute()
  })
}

import type { Database } from '../database/database.ts'

/**
 * Domains: those registered, and those seen in a log. One without an owner belongs to the first account. Unknown and
 * foreign names look the same to a caller: both are simply not among its own.
 */

/** All of an account's domains, sorted by name: here, as a database may sort by the rules of a language. */
export async function domainsOfAccount(database: Database, accountId: string): Promise<string[]> {
  const rows = await owned(database, accountId).select('domain.name').execute()
  return rows.map((row) => row.name).sort()
}

/** Those of `names` that the account does not have, in their order. */
export async function domainsNotOwned(database: Database, accountId: string, names: string[]): Promise<string[]> {
  const found = new Set<string>()
  // 30,000 bound values are SQLite's limit for one statement.
  for (let at = 0; at < names.length; at += 10_000) {
    const rows = await owned(database, accountId)
      .select('domain.name')
      .where('domain.name', 'in', names.slice(at, at + 10_000))
      .execute()
    for (const row of rows) found.add(row.name)
  }
  return names.filter((name) => !found.has(name))
}

/** Registers a domain for an account, or moves one without an owner to it. @returns false when another owns it */
export async function claimDomain(database: Database, accountId: string, name: string): Promise<boolean> {
  const result = await database.queries
    .insertInto('domain')
    .values({ name, account_id: accountId, created_at_ms: database.nowMs as unknown as number })
    .onConflict((conflict) =>
      conflict
        .column('name')
        .doUpdateSet({ account_id: accountId })
        .where((eb) => eb.or([eb('domain.account_id', 'is', null), eb('domain.account_id', '=', accountId)])),
    )
    .executeTakeFirst()
  return (result.numInsertedOrUpdatedRows ?? 0n) > 0n
}

/** Takes a domain from its owner; it belongs to the first account then. @returns false when there is no such domain */
export async function releaseDomain(database: Database, name: string): Promise<boolean> {
  const result = await database.queries
    .updateTable('domain')
    .set({ account_id: null })
    .where('name', '=', name)
    .executeTakeFirst()
  return result.numUpdatedRows > 0n
}

/** Every domain with its owner, null for none, sorted by name. For operators. */
export async function allDomains(database: Database) {
  const rows = await database.queries.selectFrom('domain').select(['name', 'account_id']).execute()
  return rows.sort((a, b) => (a.name < b.name ? -1 : 1))
}

const owned = (database: Database, accountId: string) =>
  database.queries
    .selectFrom('domain')
    .where((eb) =>
      eb.or([
        eb('domain.account_id', '=', accountId),
        eb.and([
          eb('domain.account_id', 'is', null),
          eb.exists(
            eb
              .selectFrom('account')
              .select('account.id')
              .where('account.id', '=', accountId)
              .where('account.is_first', '=', 1),
          ),
        ]),
      ]),
    )

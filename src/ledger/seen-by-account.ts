import { accountNames } from '../accounts/account-names.ts'
import { ownersOfAll } from '../accounts/all-owners.ts'
import { ownedOrRefused } from '../accounts/domains.ts'
import { allAccounts, type Whose } from '../accounts/whose.ts'
import type { Database } from '../ports/database/database.ts'
import type { DataVersion } from './data-version.ts'
import { type RefusedBatch, readRefusedBatches } from './refused-batches.ts'

/** Domains in a data version, and what their owners see of them. */
export type SeenData = {
  /** Sorted. */
  domains: string[]
  /** The account id of each domain's owner in that version. */
  owners: ReadonlyMap<string, string>
  /** Names of all accounts by their ids, if the data are those of all; else null. */
  accountNames: ReadonlyMap<string, string> | null
  /** The version, limited to what the owners see. */
  version: DataVersion
  /** Reads the refused batches of the accounts whose loads report on the domains; coverage alone asks for them. */
  refused: () => Promise<RefusedBatch[]>
}

/**
 * The asked domains as their owners had them in a data version, and that version limited to what the owners see. A
 * domain may go to another account while a task waits or runs. Data of all are the union over all accounts: each domain
 * has one owner in a version, so nothing counts twice.
 * @param asked sorted; null for all
 * @throws AppError CDN.0105 for a domain that the account did not have; of all, for one that does not exist
 */
export async function seenBy(
  database: Database,
  whose: Whose,
  asked: readonly string[] | null,
  version: DataVersion,
): Promise<SeenData> {
  if (whose !== allAccounts) {
    const { names, seen } = await ownedOrRefused(database, whose, asked, version.dataVersion)
    const owners = new Map(names.map((name) => [name, whose]))
    const refused = () => readRefusedBatches(database.queries, [...new Set([whose, version.firstAccountId])])
    return { domains: names, owners, accountNames: null, version: { ...version, seen }, refused }
  }
  const { owners, seen } = await ownersOfAll(database.queries, asked, version)
  const names = await accountNames(database)
  const refused = () => readRefusedBatches(database.queries, null)
  return { domains: [...owners.keys()], owners, accountNames: names, version: { ...version, seen }, refused }
}

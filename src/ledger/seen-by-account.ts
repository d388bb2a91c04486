import { ownedOrRefused } from '../accounts/domains.ts'
import type { Database } from '../ports/database/database.ts'
import type { DataVersion } from './data-version.ts'

/**
 * The domains that are asked for as the account had them in a data version, and that version with what it sees of them:
 * a task may wait, or run, while a domain goes to another account.
 * @param asked sorted; null for all
 * @throws AppError CDN.0105 for one that it did not have
 */
export async function seenByAccount(
  database: Database,
  accountId: string,
  asked: readonly string[] | null,
  version: DataVersion,
): Promise<{ domains: string[]; version: DataVersion }> {
  const { names, seen } = await ownedOrRefused(database, accountId, asked, version.dataVersion)
  return { domains: names, version: { ...version, seen } }
}

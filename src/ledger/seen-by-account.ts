import { ownedOrRefused } from '../accounts/domains.ts'
import type { Database } from '../ports/database/database.ts'
import type { DataVersion } from './data-version.ts'

/**
 * The asked domains as the account owned them in a data version, and that version limited to what the account sees. A
 * domain may go to another account while a task waits or runs.
 * @param asked sorted; null for all
 * @throws AppError CDN.0105 for a domain that the account did not have
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

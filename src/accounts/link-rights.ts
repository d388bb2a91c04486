import type { Database } from '../ports/database/database.ts'
import { isUsable } from './key-life.ts'

/**
 * True if a genuine, unexpired link of an account may still be used. A link for one key is valid while that key of the
 * account is usable. A link without a key is the account's, and is valid while the account is not locked.
 */
export async function mayFetch(database: Database, accountId: string, keyTag: string | undefined): Promise<boolean> {
  const account = await database.queries
    .selectFrom('account')
    .select('locked_at_ms')
    .where('id', '=', accountId)
    .executeTakeFirst()
  if (account === undefined || account.locked_at_ms !== null) return false
  if (keyTag === undefined) return true
  const key = await database.queries
    .selectFrom('access_key')
    .innerJoin('account', 'account.id', 'access_key.account_id')
    .select('access_key.access_key')
    .where('access_key.link_tag', '=', keyTag)
    .where('access_key.account_id', '=', accountId)
    .where(isUsable(database))
    .executeTakeFirst()
  return key !== undefined
}

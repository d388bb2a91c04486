import { type Static, Type } from 'typebox'
import { AppError, parameterError, quoted } from '../errors.ts'
import type { Asker } from '../http/caller.ts'
import { Nullable } from '../http/schemas.ts'
import type { Database } from '../ports/database/database.ts'
import { findAccount } from './accounts.ts'

/** The account whose data are read, by its id, or `allAccounts`, which no account has as its id. */
export type Whose = string

export const allAccounts = 'all'

/** Describes the parameter `account` of a request. */
export const accountParameter =
  'For operators: whose data, an account’s id or all for those of every account together. Default: the key’s own account'

/** The account whose data a file has; `name` is null for `allAccounts`. */
export const NamedAccountSchema = Type.Object(
  { id: Type.String(), name: Nullable(Type.String()) },
  { description: 'The account whose data an operator asked for, id all for every account; null: the key’s own' },
)
export type NamedAccount = Static<typeof NamedAccountSchema>

export const namedAccount = async (database: Database, whose: Whose): Promise<NamedAccount> => ({
  id: whose,
  name: whose === allAccounts ? null : ((await findAccount(database, whose))?.name ?? null),
})

/**
 * Reads the parameter `account`. Other keys than operators' get one answer for any value.
 * @param account as given; empty: not given
 * @returns null for the caller's own account
 * @throws AppError CDN.0004 unless the caller is an operator; CDN.0001 for an unknown account
 */
export async function askedWhose(
  database: Database,
  caller: Asker,
  account: string | undefined,
): Promise<Whose | null> {
  if (!account) return null
  if (caller.role !== 'operator') throw new AppError('CDN.0004', 'The parameter account is for operators alone')
  if (account === caller.accountId) return null
  if (account === allAccounts || (await findAccount(database, account))) return account
  throw parameterError('account', `there is no account ${quoted(account)}; say all, or an id of GET /api/v1/accounts`)
}

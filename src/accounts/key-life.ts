import type { ExpressionBuilder, Transaction } from 'kysely'
import { AppError } from '../errors.ts'
import type { Database } from '../ports/database/database.ts'
import type { Tables } from '../ports/database/schema.ts'

/** A condition for queries over keys and their accounts: the key is usable now, by the database's clock. */
export const isUsable = (database: Database) => (eb: ExpressionBuilder<Tables, 'access_key' | 'account'>) =>
  eb.and([
    eb('access_key.revoked_at_ms', 'is', null),
    eb.or([eb('access_key.expires_at_ms', 'is', null), eb('access_key.expires_at_ms', '>', database.nowMs)]),
    eb('account.locked_at_ms', 'is', null),
  ])

/** Numbers of usable operator keys, and of those among them that never expire. */
type Operators = { usable: number; lasting: number }

async function operatorsLeft(database: Database, tx: Transaction<Tables>): Promise<Operators> {
  const rows = await tx
    .selectFrom('access_key')
    .innerJoin('account', 'account.id', 'access_key.account_id')
    .select('access_key.expires_at_ms')
    .where('access_key.role', '=', 'operator')
    .where(isUsable(database))
    .execute()
  return { usable: rows.length, lasting: rows.filter((row) => row.expires_at_ms === null).length }
}

/**
 * Runs a change that may remove keys, in one transaction. Changes run one at a time, because two that each spare the
 * other's key would leave none. A usable operator key that never expires must stay, or nobody could make another key.
 * @throws AppError FLUXPORT.0205, and nothing is changed then
 */
export function whileOperatorsStay<T>(database: Database, work: (tx: Transaction<Tables>) => Promise<T>): Promise<T> {
  return database.write(async (tx) => {
    await database.lock(tx.selectFrom('account').select('id')).where('is_first', '=', 1).execute()
    const before = await operatorsLeft(database, tx)
    const result = await work(tx)
    const after = await operatorsLeft(database, tx)
    if (before.usable > 0 && after.usable === 0) throw lastOperator('of all operator keys that are good it is the last')
    if (before.lasting > 0 && after.lasting === 0)
      throw lastOperator('of all operator keys that never expire it is the last')
    return result
  })
}

const lastOperator = (why: string) =>
  new AppError(
    'FLUXPORT.0205',
    `Nobody could make a key any more: ${why}. Make another one first, without expires_at, of an account that is not locked`,
  )

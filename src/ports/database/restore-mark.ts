import type { Transaction } from 'kysely'
import type { Queries, Tables } from './schema.ts'

/** This counter exists during a restore, and after a restore that was killed. */
const name = 'restoring'

/** Sets the mark, before anything else is written. */
export async function markRestoring(queries: Queries): Promise<void> {
  await queries.insertInto('counter').values({ name, value: 1, changed_at_ms: null }).execute()
}

/** Clears the mark, in the transaction that completes the restore. */
export async function unmarkRestoring(tx: Transaction<Tables>): Promise<void> {
  await tx.deleteFrom('counter').where('name', '=', name).execute()
}

export async function isBeingRestored(queries: Queries): Promise<boolean> {
  return (await queries.selectFrom('counter').select('name').where('name', '=', name).executeTakeFirst()) !== undefined
}

import type { Transaction } from 'kysely'
import type { Queries, Tables } from './schema.ts'

/** A counter that is there while a restore is at work, and after one that was killed. */
const name = 'restoring'

/** Says so, before anything else is written. */
export async function markRestoring(queries: Queries): Promise<void> {
  await queries.insertInto('counter').values({ name, value: 1, changed_at_ms: null }).execute()
}

/** In the transaction that makes the restore whole. */
export async function unmarkRestoring(tx: Transaction<Tables>): Promise<void> {
  await tx.deleteFrom('counter').where('name', '=', name).execute()
}

export async function isBeingRestored(queries: Queries): Promise<boolean> {
  return (await queries.selectFrom('counter').select('name').where('name', '=', name).executeTakeFirst()) !== undefined
}

import type { Transaction } from 'kysely'
import type { Tables } from '../ports/database/schema.ts'

/** The keys of a batch's pushes may be used again: nothing of them counts. */
export async function freeKeys(tx: Transaction<Tables>, batchId: number): Promise<void> {
  await tx.deleteFrom('push').where('batch_id', '=', batchId).execute()
}

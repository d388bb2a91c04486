import type { Transaction } from 'kysely'
import type { Tables } from '../ports/database/schema.ts'

/** Frees the keys of a batch's pushes for use again, because nothing of them counts. */
export async function freeKeys(tx: Transaction<Tables>, batchId: number): Promise<void> {
  await tx.deleteFrom('push').where('batch_id', '=', batchId).execute()
}

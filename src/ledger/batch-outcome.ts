import type { Transaction } from 'kysely'
import type { Database } from '../ports/database/database.ts'
import type { BatchRow, BatchState, Tables } from '../ports/database/schema.ts'
import { freeKeys } from './push-keys.ts'

/** The error of a batch that failed for a reason of ours. */
export const ourFaultCode = 'FLUXPORT.0001'

/** Errors of a batch that is at no fault itself: the other is that there is no room. */
export const faultlessCodes: readonly string[] = [ourFaultCode, 'FLUXPORT.0105']

/** A server that ended so often while it looked at a batch does not look at it again. */
export const looksMax = 3

/**
 * Whether a failed batch's content stays: it was acknowledged and is at no fault, or somebody has to look at what it does.
 * A source has its own still.
 */
export const isContentKept = ({ state, error_code, looks, loaded_by }: BatchRow): boolean =>
  state === 'failed' &&
  (faultlessCodes.includes(error_code ?? '') || looks >= looksMax) &&
  !loaded_by.startsWith('source:')

/** States that a batch may leave by these: one that has ended has ended, even when nobody heard of its commit. */
const openStates: BatchState[] = ['collecting', 'queued', 'loading']

/** Returns batches to the queue. @param attempts overwrites the counter of attempts; without it the counter stays */
export async function requeueBatches(database: Database, ids: readonly number[], attempts?: number): Promise<void> {
  if (ids.length === 0) return
  await database.queries
    .updateTable('batch')
    .set({ state: 'queued', updated_at_ms: database.nowMs, ...(attempts === undefined ? {} : { attempts }) })
    .where('id', 'in', [...ids])
    .where('state', 'in', openStates)
    .execute()
}

/** Records how a batch ended without a load, unless it has ended. */
export async function finishBatch(
  database: Database,
  id: number,
  end: Partial<BatchRow> & { state: 'failed' | 'duplicate' | 'queued' | 'loaded' },
): Promise<void> {
  await database.write((tx) => finishIn(tx, database, id, end))
}

/** The same, in a transaction. */
export async function finishIn(
  tx: Transaction<Tables>,
  database: Database,
  id: number,
  end: Parameters<typeof finishBatch>[2],
): Promise<void> {
  // The key of a push that failed may be used again: nothing of it counts.
  const key = end.state === 'failed' ? { idempotency_key: null } : {}
  const finished = await tx
    .updateTable('batch')
    .set({ ...end, ...key, updated_at_ms: database.nowMs })
    .where('id', '=', id)
    .where('state', 'in', openStates)
    .executeTakeFirst()
  if (end.state === 'failed' && finished.numUpdatedRows > 0n) await freeKeys(tx, id)
}

/** Spooled files that batches of this process still need, or that are all that is left of them (isContentKept). */
export const spooledPaths = async (database: Database, owner: string): Promise<Set<string>> =>
  new Set((await spooledContents(database, owner)).map(({ path }) => path))

/** The same, each with whose it is. */
export const spooledContents = (database: Database, owner: string): Promise<{ path: string; accountId: string }[]> =>
  database.queries
    .selectFrom('batch')
    .select(['content_path as path', 'account_id as accountId'])
    .where((eb) =>
      eb.or([
        eb('state', 'in', openStates),
        eb.and([
          eb('state', '=', 'failed'),
          eb.or([eb('error_code', 'in', faultlessCodes), eb('looks', '>=', looksMax)]),
          eb('loaded_by', 'not like', 'source:%'),
        ]),
      ]),
    )
    .where('owner', '=', owner)
    .execute()

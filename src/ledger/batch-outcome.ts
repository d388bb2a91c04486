import type { Transaction } from 'kysely'
import { accountsChanged, ownersChanged } from '../accounts/account-version.ts'
import { type Database, nextValue } from '../ports/database/database.ts'
import type { BatchRow, BatchState, Tables } from '../ports/database/schema.ts'
import { freeKeys } from './push-keys.ts'

/** The error code of a batch that failed by a fault of the server. */
export const ourFaultCode = 'FLUXPORT.0001'

/** Codes that are not the batch's fault: a failure of the server, or no room on the disk. */
export const faultlessCodes: readonly string[] = [ourFaultCode, 'FLUXPORT.0105']

/** The server stops looking at a batch after it has ended this often while it looked. */
export const looksMax = 3

/**
 * True if a quarantined batch's bytes stay, or a failed one's: they were acknowledged, and the failure is no fault of
 * the batch. They also stay if the server ended `looksMax` times at the batch, so that somebody can examine them.
 * Batches of log sources are exempt: the source still has the original file.
 */
export const isContentKept = ({ state, error_code, looks, loaded_by }: BatchRow): boolean =>
  state === 'quarantined' ||
  (state === 'failed' &&
    (faultlessCodes.includes(error_code ?? '') || looks >= looksMax) &&
    !loaded_by.startsWith('source:'))

/** Only batches in these states may end here. An ended batch stays ended, even when its commit was not confirmed. */
export const openStates: BatchState[] = ['collecting', 'queued', 'loading']

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

/** Records that a batch ended without a load, unless it has ended already. */
export async function finishBatch(
  database: Database,
  id: number,
  end: Partial<BatchRow> & { state: 'failed' | 'duplicate' | 'queued' | 'loaded' },
): Promise<void> {
  await database.write((tx) => finishIn(tx, database, id, end))
}

/** As `finishBatch`, inside a transaction. */
export async function finishIn(
  tx: Transaction<Tables>,
  database: Database,
  id: number,
  end: Parameters<typeof finishBatch>[2],
): Promise<void> {
  // Nothing of a failed push counts, so its key may be used again.
  const key = end.state === 'failed' ? { idempotency_key: null } : {}
  const finished = await tx
    .updateTable('batch')
    .set({ ...end, ...key, updated_at_ms: database.nowMs })
    .where('id', '=', id)
    .where('state', 'in', openStates)
    .executeTakeFirst()
  if (end.state === 'failed' && finished.numUpdatedRows > 0n) {
    await freeKeys(tx, id)
    await coverageChanged(tx, id)
  }
}

/** A refused or quarantined batch is part of what coverage says, so it moves the version of the data. */
export async function coverageChanged(tx: Transaction<Tables>, id: number): Promise<void> {
  const batch = await tx
    .selectFrom('batch')
    .leftJoin('account', 'account.id', 'batch.account_id')
    .select(['account.id as account_id', 'default_domain'])
    .where('batch.id', '=', id)
    .executeTakeFirstOrThrow()
  await nextValue(tx, 'data_version')
  // A ledger without the account has nobody to tell; its batch must end all the same.
  if (batch.account_id !== null) await accountsChanged(tx, [batch.account_id])
  if (batch.default_domain !== null) await ownersChanged(tx, [batch.default_domain])
}

/** Spooled files of this data directory that its open batches need, or that ended ones keep (isContentKept). */
export const spooledPaths = async (database: Database, owner: string): Promise<Set<string>> =>
  new Set((await spooledContents(database, owner)).map(({ path }) => path))

/** As `spooledPaths`, with the account of each file. */
export const spooledContents = (database: Database, owner: string): Promise<{ path: string; accountId: string }[]> =>
  database.queries
    .selectFrom('batch')
    .select(['content_path as path', 'account_id as accountId'])
    .where((eb) =>
      eb.or([
        eb('state', 'in', [...openStates, 'quarantined'] as const),
        eb.and([
          eb('state', '=', 'failed'),
          eb.or([eb('error_code', 'in', faultlessCodes), eb('looks', '>=', looksMax)]),
          eb('loaded_by', 'not like', 'source:%'),
        ]),
      ]),
    )
    .where('owner', '=', owner)
    .execute()

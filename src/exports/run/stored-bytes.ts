import type { Transaction } from 'kysely'
import { type StoredBytes, storedBytes } from '../../accounts/stored-bytes.ts'
import { AppError } from '../../errors.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Tables } from '../../ports/database/schema.ts'
import type { Claim } from './claim.ts'

/** The problem of an account that may store nothing more, with the figures and a way out; null when it may. */
export function storedProblem({ files, reserved }: StoredBytes, bytesMax: number): string | null {
  if (files + reserved < bytesMax) return null
  const onTheirWay = reserved > 0 ? `, and ${reserved} are kept for its tasks on their way` : ''
  const way =
    reserved > 0 ? 'Delete some tasks or kept logs, or wait for tasks to end' : 'Delete some tasks or kept logs'
  return `The account’s files take ${files} bytes${onTheirWay}, and may take ${bytesMax}. ${way}`
}

/**
 * The part of the wanted bytes that a new task may reserve. The caller must have locked the account's tasks
 * (lockTasks), and checked that it may have another.
 */
export async function reservable(
  tx: Transaction<Tables>,
  accountId: string,
  wantedBytes: number,
  bytesMax: number,
): Promise<number> {
  const { files, reserved } = await storedBytes(tx, accountId)
  return Math.max(0, Math.min(wantedBytes, bytesMax - files - reserved))
}

/** Each request for more asks for this many bytes, so that not every piece of a long file asks. */
const stepBytes = 64 * 1024 ** 2

/**
 * Extends a task's reservation to `neededBytes`, and some more if available.
 * @param serverMax bound of an account without a limit of its own
 * @returns the new reservation
 * @throws AppError CDN.0005 when the account may not store as much
 */
async function extendReservation(
  database: Database,
  { task, leaseToken }: Claim,
  neededBytes: number,
  serverMax: number,
): Promise<number> {
  return await database.write(async (tx) => {
    await lockTasks(database, tx, task.account_id)
    const account = await tx
      .selectFrom('account')
      .select('stored_bytes_max')
      .where('id', '=', task.account_id)
      .executeTakeFirst()
    const bytesMax = account?.stored_bytes_max ?? serverMax
    const others = await storedBytes(tx, task.account_id, task.id)
    const free = bytesMax - others.files - others.reserved
    if (neededBytes > free) throw outgrown(others, bytesMax)
    const reserved = Math.min(free, neededBytes + stepBytes)
    await tx
      .updateTable('export_task')
      .set({ reserved_bytes: reserved })
      .where('id', '=', task.id)
      .where('lease_token', '=', leaseToken)
      .where('state', '=', 'processing')
      .execute()
    return reserved
  })
}

function outgrown({ files, reserved }: StoredBytes, bytesMax: number): AppError {
  const others = reserved > 0 ? `, ${reserved} are kept for its other tasks on their way` : ''
  const figures = `its files take ${files} bytes${others}, and may take ${bytesMax}`
  return new AppError(
    'CDN.0005',
    `The file outgrew what the account may store: ${figures}. Delete some tasks or kept logs`,
  )
}

/** Parts that watch a task's files as they are written. */
export type StorageDeps = {
  database: Database
  /** Bound of an account without a limit of its own. */
  storedBytesMax: number
  /** @throws AppError FLUXPORT.0002 when the files' disk has no room to spare */
  assertArtifactRoom: () => Promise<void>
}

/** The disk is checked each time that many bytes of a file were written. */
const diskEveryBytes = 16 * 1024 ** 2

/**
 * Watches the bytes that a task writes, over all of its files.
 * @returns a function that passes a file's bytes, and throws CDN.0005 or FLUXPORT.0002 at the first that may not be
 *   stored
 */
export function watchWriting(deps: StorageDeps, claim: Claim) {
  let reserved = claim.task.reserved_bytes
  let written = 0
  let nextLook = 0
  return async function* (bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of bytes) {
      written += piece.length
      if (written > reserved) reserved = await extendReservation(deps.database, claim, written, deps.storedBytesMax)
      if (written > nextLook) {
        await deps.assertArtifactRoom()
        nextLook = written + diskEveryBytes
      }
      yield piece
    }
  }
}

/** Until this transaction ends, no other one creates, retries, claims or deletes a task of the account. */
export const lockTasks = (database: Database, tx: Transaction<Tables>, accountId: string) =>
  database.lock(tx.selectFrom('export_task_count').select('account_id').where('account_id', '=', accountId)).execute()

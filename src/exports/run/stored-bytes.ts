import type { Transaction } from 'kysely'
import { AppError } from '../../errors.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Queries, Tables } from '../../ports/database/schema.ts'
import type { Claim } from './claim.ts'

/**
 * What an account's files take and may take. A task has bytes reserved from its creation until it has ended: several tasks at
 * once write no more than one may. A file that grows beyond what is reserved asks for more as it is written.
 */
type StoredBytes = { files: number; reserved: number }

/** @param exceptTaskId whose reservation is not counted */
export async function storedBytes(queries: Queries, accountId: string, exceptTaskId?: string): Promise<StoredBytes> {
  const { files } = await queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.sum<number | null>('artifact_bytes').as('files'))
    .where('state', '=', 'success')
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  const { reserved } = await queries
    .selectFrom('export_task')
    .select((eb) => eb.fn.sum<number | null>('reserved_bytes').as('reserved'))
    .where('state', 'in', ['waiting', 'processing'])
    .where('account_id', '=', accountId)
    .$if(exceptTaskId !== undefined, (query) => query.where('id', '<>', exceptTaskId ?? ''))
    .executeTakeFirstOrThrow()
  return { files: Number(files ?? 0), reserved: Number(reserved ?? 0) }
}

/** That an account may store nothing more, with the figures and a way out; null when it may. */
export function storedProblem({ files, reserved }: StoredBytes, bytesMax: number): string | null {
  if (files + reserved < bytesMax) return null
  const onTheirWay = reserved > 0 ? `, and ${reserved} are kept for its tasks on their way` : ''
  const way = reserved > 0 ? 'Delete some tasks, or wait for some to end' : 'Delete some tasks'
  return `The account’s files take ${files} bytes${onTheirWay}, and may take ${bytesMax}. ${way}`
}

/**
 * How many of the wanted bytes a new task may reserve. The account's tasks are locked (lockTasks), and it may have another.
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

/** Asked for at once, so that not every piece of a file that is longer than expected asks. */
const stepBytes = 64 * 1024 ** 2

/**
 * Has a task's reservation hold `neededBytes`, and some more where there are.
 * @param serverMax what an account may store that has no limit of its own
 * @returns what it holds now
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
  return new AppError('CDN.0005', `The file outgrew what the account may store: ${figures}. Delete some tasks`)
}

/** What watches a task's files as they are written. */
export type StorageDeps = {
  database: Database
  /** What an account may store that has no limit of its own. */
  storedBytesMax: number
  /** @throws AppError FLUXPORT.0002 when the files' disk has no room to spare */
  assertArtifactRoom: () => Promise<void>
}

/** How often the disk is looked at while a file is written, bytes. */
const diskEveryBytes = 16 * 1024 ** 2

/**
 * Watches what a task writes, over all of its files.
 * @returns lets a file's bytes through, and throws CDN.0005 or FLUXPORT.0002 at the first that may not be stored
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

/** Until this transaction ends, no other creates, retries, claims or deletes a task of the account. */
export const lockTasks = (database: Database, tx: Transaction<Tables>, accountId: string) =>
  database.lock(tx.selectFrom('export_task_count').select('account_id').where('account_id', '=', accountId)).execute()

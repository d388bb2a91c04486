import { randomUUID } from 'node:crypto'
import { constants, copyFile, open, stat, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { assertRoomFor, type DiskRoom } from '../../disk/disk-room.ts'
import { syncDirectory } from '../../disk/sync-directory.ts'
import { quarantineBatch, replaceQuarantined } from '../../ledger/quarantine.ts'
import type { Database } from '../../ports/database/database.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import { figuresOfBatch } from '../overlap/written-load.ts'
import type { SpoolShares } from '../receive/spool-shares.ts'
import type { Quarantined } from './rejected-share.ts'

export type QuarantineDeps = {
  database: Database
  spoolDirectory: string
  diskRoom: Pick<DiskRoom, 'look'>
  spoolShares: Pick<SpoolShares, 'own' | 'receive'>
}

/**
 * Quarantines a batch whose load was given up. The spool keeps its bytes: those of a watched directory are copied, since
 * the file may be rotated or replaced there. It takes the place of earlier quarantined deliveries of the same file.
 * @throws AppError FLUXPORT.0105 when the account's share of the spool has no room for the copy
 */
export async function quarantine(deps: QuarantineDeps, batch: BatchRow, why: Quarantined): Promise<void> {
  const { database } = deps
  const deliveredBytes = (await stat(batch.content_path)).size
  const path = batch.content_is_spooled ? batch.content_path : await keptCopy(deps, batch, deliveredBytes)
  const figures = figuresOfBatch(why.figures)
  const dropped = await database.write(async (tx) => {
    await quarantineBatch(tx, database, batch.id, {
      ...figures,
      content_path: path,
      delivered_bytes: deliveredBytes,
      error_code: why.code,
      error_message: why.message,
    })
    return await replaceQuarantined(tx, database, { ...batch, ...figures })
  })
  await removeKept(dropped)
}

/** Copies the batch's file into the spool, durably. */
async function keptCopy(deps: QuarantineDeps, batch: BatchRow, bytes: number): Promise<string> {
  deps.spoolShares.receive(batch.account_id, bytes, bytes)
  await assertRoomFor(deps.diskRoom, bytes)
  const path = join(deps.spoolDirectory, `${randomUUID()}.upload`)
  deps.spoolShares.own(path, batch.account_id)
  try {
    await copyFile(batch.content_path, path, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL)
    const file = await open(path, 'r+')
    await file.sync().finally(() => file.close())
    await syncDirectory(deps.spoolDirectory)
    return path
  } catch (error) {
    await removeKept([path])
    throw error
  }
}

/** Removes kept bytes; if that fails, the next start removes them. */
export async function removeKept(paths: readonly string[]): Promise<void> {
  for (const path of paths) await unlink(path).catch(() => undefined)
}

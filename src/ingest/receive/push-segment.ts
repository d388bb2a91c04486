import { randomUUID } from 'node:crypto'
import { type FileHandle, open, stat, truncate, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { syncDirectory } from '../../disk/sync-directory.ts'
import { finishBatch } from '../../ledger/batch-outcome.ts'
import type { NewBatch } from '../../ledger/batches.ts'
import type { Database } from '../../ports/database/database.ts'
import { batchOfSegment, queueCollected } from './push-store.ts'

/** The file to which the pushes of one batch are appended. Only bytes that the database records belong to it. */
export type Segment = {
  path: string
  file: FileHandle
  newBatch: NewBatch
  /** Null until the first pushes are recorded. */
  batchId: number | null
  receivedBytes: number
  pushes: number
  /** Latest time of its hand-over, by this process's clock, ms. */
  dueAtMs: number
}

/** Begins an empty segment; its name is on disk. */
export async function openSegment(
  directory: string,
  batch: Omit<NewBatch, 'content'>,
  dueAtMs: number,
): Promise<Segment> {
  const path = join(directory, `${randomUUID()}.pushes`)
  const file = await open(path, 'wx', 0o600)
  await syncDirectory(directory)
  const newBatch: NewBatch = { ...batch, content: { path, compression: 'none' } }
  return { path, file, newBatch, batchId: null, receivedBytes: 0, pushes: 0, dueAtMs }
}

/** Appends lines after the received bytes; they are on disk once this resolves. */
export async function append(segment: Segment, pushes: readonly { lines: Buffer }[]): Promise<void> {
  let position = segment.receivedBytes
  // A write may take only a part: a full disk takes what fits.
  for (const { lines: piece } of pushes) {
    for (let at = 0; at < piece.length; ) {
      const { bytesWritten } = await segment.file.write(piece, at, piece.length - at, position)
      at += bytesWritten
      position += bytesWritten
    }
  }
  await segment.file.datasync()
}

/**
 * Hands a segment over to be loaded. Bytes that were written but not recorded are cut off, so that the file equals the
 * database. A segment without a record is removed. The call may be repeated when disk or database fail.
 */
export async function settleSegment(database: Database, path: string): Promise<void> {
  const batch = await batchOfSegment(database, path)
  if (!batch) return await unlink(path).catch(ignoreMissing)
  const receivedBytes = batch.received_bytes ?? 0
  const size = await stat(path).then(
    (found) => found.size,
    (error) => (error.code === 'ENOENT' ? 0 : Promise.reject(error)),
  )
  if (size < receivedBytes)
    return await failBatch(database, batch.id, `${size} of ${receivedBytes} received bytes are there`)
  if (size > receivedBytes) await truncate(path, receivedBytes)
  await queueCollected(database, batch.id)
}

/** Fails a batch whose acknowledged bytes the disk has lost. */
const failBatch = (database: Database, batchId: number, problem: string) =>
  finishBatch(database, batchId, { state: 'failed', error_code: 'FLUXPORT.0102', error_message: problem })

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}

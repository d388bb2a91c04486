import { readdir, stat, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { AppError, codeOf } from '../errors.ts'

/** Room on the disk for logs. */
export type Room = {
  freeBytes: number
  /** Size of the data directory's disk. */
  totalBytes: number
  /** Free bytes above the reserve; negative when fewer are free than the reserve. */
  spareBytes: number
  /** Bytes of received logs that are not loaded yet. */
  spoolBytes: number
  spoolFiles: number
  /** The reason why loading is paused; null while it runs. */
  loadingPaused: string | null
  /** The reason why receiving is paused; null while it runs. */
  receivingPaused: string | null
}

/** Watches the disk of the data directory. Loading pauses before the disk is full, and resumes by itself. */
export type DiskRoom = {
  /** The room as measured at most a second ago. */
  look(): Promise<Room>
  /** @throws AppError FLUXPORT.0105 while receiving is paused */
  assertReceiving(): Promise<void>
}

const lookMs = 1_000
const retryAfterSeconds = 5

/** @param options.diskReserveBytes nothing is received or loaded while fewer bytes are free; 0: never refuse */
export function createDiskRoom(options: {
  dataDir: string
  spoolDirectory: string
  diskReserveBytes: number
  spoolBytesMax: number
}): DiskRoom {
  let seen: { atMs: number; room: Promise<Room> } | null = null
  const look = (): Promise<Room> => {
    const nowMs = performance.now()
    if (seen === null || nowMs - seen.atMs > lookMs) seen = { atMs: nowMs, room: roomOf(options) }
    return seen.room
  }
  return {
    look,
    assertReceiving: async () => {
      const { receivingPaused } = await look()
      if (receivingPaused !== null) throw new AppError('FLUXPORT.0105', receivingPaused, { retryAfterSeconds })
    },
  }
}

async function roomOf(options: Parameters<typeof createDiskRoom>[0]): Promise<Room> {
  const [disk, { spoolBytes, spoolFiles }] = await Promise.all([
    statfs(options.dataDir),
    receivedIn(options.spoolDirectory),
  ])
  const freeBytes = disk.bavail * disk.bsize
  const loadingPaused =
    freeBytes < options.diskReserveBytes
      ? `${freeBytes} bytes are free, and ${options.diskReserveBytes} are to be kept free (--disk-reserve-bytes)`
      : null
  const isSpoolFull = spoolBytes > options.spoolBytesMax
  const spoolFull = `${spoolBytes} bytes wait to be loaded, more than ${options.spoolBytesMax} (--spool-bytes-max)`
  const receivingPaused = loadingPaused ?? (isSpoolFull ? spoolFull : null)
  const spareBytes = freeBytes - options.diskReserveBytes
  const disks = { freeBytes, totalBytes: disk.blocks * disk.bsize, spareBytes }
  return { ...disks, spoolBytes, spoolFiles, loadingPaused, receivingPaused }
}

/** True for received bytes in the spool; a load's own working copies have other endings. */
export const isReceived = (name: string): boolean => name.endsWith('.upload') || name.endsWith('.pushes')

async function receivedIn(directory: string): Promise<{ spoolBytes: number; spoolFiles: number }> {
  const names = (await readdir(directory)).filter(isReceived)
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(directory, name)).then(
        (found) => (found.isFile() ? found.size : null),
        () => null, // the file was loaded meanwhile
      ),
    ),
  )
  const files = sizes.filter((size) => size !== null)
  return { spoolBytes: files.reduce((sum, size) => sum + size, 0), spoolFiles: files.length }
}

/** @throws AppError FLUXPORT.0105 when a copy of `copyBytes` would use a part of the disk reserve */
export async function assertRoomFor(diskRoom: Pick<DiskRoom, 'look'>, copyBytes: number): Promise<void> {
  const { spareBytes } = await diskRoom.look()
  if (copyBytes <= spareBytes) return
  const problem = `${copyBytes} bytes of the log have to be copied first, and there is room for ${Math.max(0, spareBytes)}`
  throw new AppError('FLUXPORT.0105', `${problem} (--disk-reserve-bytes)`, { retryAfterSeconds })
}

/** True if there was no room on the disk of Fluxport, the engine or PostgreSQL: the same work may succeed later. */
export function isDiskFull(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const code = codeOf(error)
  // 53100: PostgreSQL's disk is full.
  return ['ENOSPC', 'EDQUOT', 'SQLITE_FULL', '53100'].includes(code) || isDiskFull(error.cause)
}

/** The error that tells a sender to retry a push that was not received. */
export function asNoRoom(error: unknown): AppError {
  if (error instanceof AppError) return error
  if (isDiskFull(error))
    return new AppError('FLUXPORT.0105', 'The disk is full; retry later', { cause: error, retryAfterSeconds })
  return new AppError('FLUXPORT.0002', 'The push was not received; retry', { cause: error, retryAfterSeconds: 1 })
}

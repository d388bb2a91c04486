import type { DiskRoom } from '../../../disk/disk-room.ts'
import { spoolBody, tooLong } from '../../../disk/spool.ts'
import { AppError } from '../../../errors.ts'
import type { Logger } from '../../../logger.ts'
import type { SourceFileRow } from '../../../ports/database/source-rows.ts'
import { compressionOf } from '../../identify/content.ts'
import type { FetchedFile, FoundFile, LogPlace } from '../files/log-place.ts'
import { type Bucket, type BucketObject, objectOf } from './bucket.ts'
import { openListing } from './bucket-listing.ts'
import type { BucketMemory } from './bucket-memory.ts'
import { type BucketSettings, baseOf, locationOf } from './bucket-settings.ts'

/** Most objects fetched or deleted at the same time: each costs a round trip, however small it is. */
const filesAtOnce = 8

export type BucketDeps = {
  bucket: Bucket
  memory: BucketMemory
  log: Logger
  diskRoom: Pick<DiskRoom, 'look'>
  spoolDirectory: string
  batchBytesMax: number
}

/** Opens a prefix of a bucket. Its objects are copied to the spool, where the engine reads them. */
export async function openBucketPlace(settings: BucketSettings, deps: BucketDeps): Promise<LogPlace> {
  const listing = await openListing(settings, deps)
  return {
    location: locationOf(settings),
    looksUpLoaded: true,
    filesAtOnce,
    look: async (known, nowMs, limit, signal) => {
      await assertRoom(deps, 0)
      return await listing.look(known, nowMs, limit, signal)
    },
    fetch: (file, signal) => fetchObject(settings, deps, file, signal),
    putAway: (file) => putAway(settings, deps, file),
    close: deps.bucket.close,
  }
}

/** @throws Error while nothing is received; the text is constant, because each changed text is logged again */
async function assertRoom(deps: BucketDeps, sizeBytes: number): Promise<void> {
  const { receivingPaused, spareBytes } = await deps.diskRoom.look()
  if (receivingPaused === null && sizeBytes <= spareBytes) return
  throw new Error('nothing is fetched while the disk or the spool is full (--disk-reserve-bytes, --spool-bytes-max)')
}

async function fetchObject(
  settings: BucketSettings,
  deps: BucketDeps,
  file: FoundFile,
  signal: AbortSignal,
): Promise<FetchedFile | null> {
  if (file.sizeBytes > deps.batchBytesMax) throw tooLong(deps.batchBytesMax)
  await assertRoom(deps, file.sizeBytes)
  const body = await deps.bucket.read(objectOfFile(settings, file), signal)
  if (body === null) return null
  const { path } = await spoolBody(body, { directory: deps.spoolDirectory, bytesMax: file.sizeBytes })
  const content = { path, compression: await compressionOf(path) }
  return { identity: file.identity, sizeBytes: file.sizeBytes, content, isSpooled: true }
}

const objectOfFile = (settings: BucketSettings, file: { path: string; identity: string }): BucketObject =>
  objectOf(baseOf(settings) + file.path, file.identity)

async function putAway(settings: BucketSettings, deps: BucketDeps, file: SourceFileRow): Promise<'kept' | 'gone'> {
  if (settings.after === 'leave') return 'kept'
  try {
    return (await deps.bucket.remove(objectOfFile(settings, file))) ? 'gone' : 'kept'
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : ''
    throw new AppError('FLUXPORT.0102', `It is loaded, but cannot be deleted: ${reason}`)
  }
}

import { Readable } from 'node:stream'
import type { Caller } from '../auth/authenticate.ts'
import { AppError } from '../errors.ts'
import type { Readers } from '../readers/readers.ts'
import type { NewBatch } from './batch-store.ts'
import { tooLong } from './content.ts'
import { formatOf } from './delivered.ts'
import { asNoRoom, type DiskRoom } from './disk-room.ts'
import { type LogFormat, recogniseFormat } from './formats/log-format.ts'
import type { PushSpool } from './push-spool.ts'
import { assertSigned, linesOfPush, readPush } from './read-push.ts'
import { batchParametersOf, type Delivery, type ReceiveDeps, receiveBatch } from './receive-batch.ts'
import { spoolBody } from './spool.ts'

export type PushDeps = ReceiveDeps & {
  pushSpool: Pick<PushSpool, 'receive'>
  diskRoom: DiskRoom
  readers: Readers
  spoolDirectory: string
  batchBytesMax: number
}

/** A body without a name, and what its headers say. */
export type PushedBody = {
  body: AsyncIterable<Uint8Array>
  payloadHash: string | null
  idempotencyKey: string | null
}

/** What a format is recognised from. */
const sampleBytes = 16_384
/** Each may be held in memory. */
const pushesAtOnceMax = 500

/**
 * Receives pushes: small ones to be loaded together, of a known format and decompressed; a long one as a batch of its own.
 * @returns a function that resolves with the batch once the push is durable; the batch of an earlier push with the same key
 */
export function createPushReceiver(deps: PushDeps) {
  /** What a key pushed last is what it pushes next: one format is tried before all of them. */
  const lastFormats = new Map<string, LogFormat>()
  let underWay = 0

  const recognise = (caller: Caller, parameters: { format: string; defaultDomain: string | null }, lines: Buffer) => {
    const sample = lines.subarray(0, sampleBytes)
    const isWhole = sample.length === lines.length
    const last = lastFormats.get(caller.accessKey)
    const asked = { format: parameters.format, default_domain: parameters.defaultDomain }
    const isLast = parameters.format === 'auto' && last && recogniseFormat([last], sample, isWhole)
    const format = formatOf(isLast ? [last] : deps.formats, asked, sample, isWhole)
    lastFormats.set(caller.accessKey, format)
    return format
  }

  const receive = async (caller: Caller, delivery: Delivery, pushed: PushedBody): Promise<number> => {
    await deps.diskRoom.assertReceiving()
    const read = await readPush(pushed.body)
    if ('tooLong' in read) return await receiveAlone(deps, caller, delivery, { ...pushed, body: read.tooLong })
    assertSigned(read.whole, pushed.payloadHash)
    const lines = await linesOfPush(read.whole, { readers: deps.readers, turnOf: caller.accountId })
    if (Math.max(read.whole.length, lines?.length ?? 0) > deps.batchBytesMax) throw tooLong(deps.batchBytesMax)
    const parameters = await batchParametersOf(deps, caller, delivery)
    const format = lines?.length ? recognise(caller, parameters, lines) : null
    // A header says what stands where for the lines behind it: those of other pushes are none of its business.
    if (lines === null || format?.projectionOfHead)
      return await receiveAlone(deps, caller, delivery, { ...pushed, body: Readable.from([read.whole]) })
    const batch: Omit<NewBatch, 'content' | 'idempotencyKey'> = {
      ...parameters,
      format: format?.name ?? parameters.format,
      contentIsSpooled: true,
    }
    const { idempotencyKey } = pushed
    return await deps.pushSpool.receive({ batch, idempotencyKey, lines, isUrgent: delivery.wait === true })
  }
  return async (caller: Caller, delivery: Delivery, pushed: PushedBody): Promise<number> => {
    if (underWay >= pushesAtOnceMax)
      throw new AppError('FLUXPORT.0105', 'More is pushed at once than can be held; come again', {
        retryAfterSeconds: 1,
      })
    underWay += 1
    try {
      return await receive(caller, delivery, pushed)
    } finally {
      underWay -= 1
    }
  }
}

/** Receives files, each as a batch of its own. */
export const createFileReceiver =
  (deps: PushDeps) =>
  async (caller: Caller, delivery: Delivery, pushed: PushedBody): Promise<number> => {
    await deps.diskRoom.assertReceiving()
    return await receiveAlone(deps, caller, delivery, pushed)
  }

async function receiveAlone(deps: PushDeps, caller: Caller, delivery: Delivery, pushed: PushedBody): Promise<number> {
  const { payloadHash, idempotencyKey } = pushed
  const path = await spoolBody(pushed.body, {
    directory: deps.spoolDirectory,
    bytesMax: deps.batchBytesMax,
    payloadHash,
  }).catch((error) => {
    throw asNoRoom(error)
  })
  return await receiveBatch(deps, caller, delivery, { path, isSpooled: true, idempotencyKey })
}

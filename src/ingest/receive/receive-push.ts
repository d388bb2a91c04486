import { Readable } from 'node:stream'
import { asNoRoom, type DiskRoom } from '../../disk/disk-room.ts'
import { spoolBody, tooLong } from '../../disk/spool.ts'
import type { Caller } from '../../http/caller.ts'
import type { StreamedBody } from '../../http/streamed-body.ts'
import { compressionOfHead, magicBytes } from '../../ports/warehouse/decompress.ts'
import type { Readers } from '../../readers/readers.ts'
import type { Taken } from '../../turns/shares.ts'
import type { LogFormat } from '../formats/line/log-format.ts'
import { longLineBytes } from '../identify/content.ts'
import { formatOf } from '../identify/delivered.ts'
import { progressing } from './body-progress.ts'
import { pushDigest } from './push-digest.ts'
import { holding, type PushShares, resized } from './push-shares.ts'
import type { PushSpool } from './push-spool.ts'
import { linesOfPush, readPush, smallLinesBytesMax, smallPushBytesMax } from './read-push.ts'
import { batchParametersOf, type Delivery, type ReceiveDeps, receiveBatch } from './receive-batch.ts'
import type { SpoolShares } from './spool-shares.ts'

export type PushDeps = ReceiveDeps & {
  pushSpool: Pick<PushSpool, 'receive'>
  diskRoom: DiskRoom
  pushShares: PushShares
  spoolShares: SpoolShares
  readers: Readers
  spoolDirectory: string
  batchBytesMax: number
  bodyStallSeconds: number
}

/** A body without a name, and its headers' facts. */
type PushedBody = { body: StreamedBody; idempotencyKey: string | null }

/** Recognition reads at most this many bytes of a push. */
const sampleBytes = 16_384
const newline = 0x0a

/** Memory reserved for each byte of a compressed push until its length is known: few logs expand further. */
const expectedRatio = 32

/**
 * Receives pushes. Small ones are decompressed and loaded together, by format; a long one is a batch of its own.
 * @returns a function that resolves with the batch once the push is durable; an earlier push's batch for the same key
 */
export function createPushReceiver(deps: PushDeps) {
  const receiveWhole = async (caller: Caller, delivery: Delivery, pushed: WholePush): Promise<number> => {
    const { whole, hold, idempotencyKey } = pushed
    hold(isCompressed(whole) ? Math.min(whole.length * expectedRatio, smallLinesBytesMax) : 0)
    const lines = await linesOfPush(whole, { readers: deps.readers, turnOf: caller.accountId })
    hold(lines === whole ? 0 : (lines?.length ?? 0))
    if (Math.max(whole.length, lines?.length ?? 0) > deps.batchBytesMax) throw tooLong(deps.batchBytesMax)
    const parameters = await batchParametersOf(deps, caller, delivery)
    const format = lines?.length ? recognise(deps.formats, parameters, lines) : null
    // A header line, or a piece of a line, concerns its own push only, so that push gets its own batch.
    if (lines === null || format?.survey || format?.wrapping?.survey)
      return await receiveAlone(deps, caller, delivery, { pieces: Readable.from([whole]), idempotencyKey, lines })
    const batch = { ...parameters, format: format?.name ?? parameters.format, contentIsSpooled: true }
    const key = keyOf(idempotencyKey, lines, caller)
    deps.spoolShares.receive(caller.accountId, lines.length, lines.length)
    return await deps.pushSpool.receive({ batch, ...key, lines, isUrgent: delivery.wait === true })
  }
  return async (caller: Caller, delivery: Delivery, pushed: PushedBody): Promise<number> => {
    const { bytes, pushes } = deps.pushShares
    const { accountId } = caller
    const { idempotencyKey } = pushed
    await assertReceiving(deps, accountId)
    return await holding(bytes, accountId, 0, async (held) => {
      const whole = await arrived(deps, caller, delivery, pushed, held)
      if (typeof whole === 'number') return whole
      const hold = (linesBytes: number) => resized(held, whole.length + linesBytes)
      return await holding(pushes, accountId, 1, () => receiveWhole(caller, delivery, { whole, hold, idempotencyKey }))
    })
  }
}

function recognise(
  formats: readonly LogFormat[],
  { format, defaultDomain, name }: { format: string; defaultDomain: string | null; name: string },
  lines: Buffer,
): LogFormat {
  const usual = lines.subarray(0, sampleBytes)
  const sample = usual.includes(newline) ? usual : lines.subarray(0, sampleBytes + longLineBytes)
  return formatOf(formats, { format, default_domain: defaultDomain, name }, sample, sample.length === lines.length)
}

/**
 * Reads a push as it arrives, its bytes held in memory.
 * @returns all of it; or its batch, when it is long and lies on the disk
 */
async function arrived(deps: PushDeps, caller: Caller, delivery: Delivery, pushed: PushedBody, held: Taken) {
  let size = 0
  const body = progressing(pushed.body.pieces, deps.bodyStallSeconds * 1000, (pieceBytes) => {
    // The rest of a longer push goes to the disk as it arrives.
    if (size <= smallPushBytesMax) resized(held, size + pieceBytes)
    size += pieceBytes
  })
  return await holding(deps.pushShares.bodies, caller.accountId, 1, async () => {
    const read = await readPush({ pieces: body, share: pushed.body.share })
    if (!('tooLong' in read)) return read.whole
    return await receiveAlone(deps, caller, delivery, { pieces: read.tooLong, idempotencyKey: pushed.idempotencyKey })
  })
}

/** A push that has arrived; `hold` reserves memory for its lines. */
type WholePush = { whole: Buffer; hold: (linesBytes: number) => void; idempotencyKey: string | null }

const isCompressed = (body: Buffer) => compressionOfHead(body.subarray(0, magicBytes)) !== 'none'

/** @throws AppError FLUXPORT.0105 while nothing is received, or the account has no room */
async function assertReceiving({ diskRoom, spoolShares }: PushDeps, accountId: string): Promise<void> {
  await diskRoom.assertReceiving()
  await spoolShares.assertRoom(accountId)
}

/** Receives files, each as a batch of its own. */
export const createFileReceiver =
  (deps: PushDeps) =>
  async (caller: Caller, delivery: Delivery, pushed: PushedBody): Promise<number> => {
    await assertReceiving(deps, caller.accountId)
    const pieces = progressing(pushed.body.pieces, deps.bodyStallSeconds * 1000)
    const { idempotencyKey } = pushed
    return await holding(deps.pushShares.bodies, caller.accountId, 1, () =>
      receiveAlone(deps, caller, delivery, { pieces, idempotencyKey }),
    )
  }

/**
 * A body for a batch of its own. `lines` are those of a push that was read whole; without them the digest covers its
 * bytes.
 */
type AloneBody = { pieces: AsyncIterable<Uint8Array>; idempotencyKey: string | null; lines?: Buffer | null }

async function receiveAlone(deps: PushDeps, caller: Caller, delivery: Delivery, body: AloneBody): Promise<number> {
  const { accountId } = caller
  const { spoolShares } = deps
  const { path, sha256 } = await spoolBody(
    receivedOf(body.pieces, (bytes, ofLog) => spoolShares.receive(accountId, bytes, ofLog)),
    {
      directory: deps.spoolDirectory,
      bytesMax: deps.batchBytesMax,
      onBegun: (begun) => spoolShares.own(begun, accountId),
    },
  ).catch((error) => {
    throw asNoRoom(error)
  })
  const key = keyOf(body.idempotencyKey, body.lines ?? { sha256 }, caller)
  return await receiveBatch(deps, caller, delivery, { path, isSpooled: true, ...key })
}

/** Counts bytes as they arrive, before they are written. */
async function* receivedOf(body: AsyncIterable<Uint8Array>, count: (bytes: number, ofLog: number) => void) {
  let ofLog = 0
  for await (const piece of body) {
    ofLog += piece.length
    count(piece.length, ofLog)
    yield piece
  }
}

/** The key of a push, and its digest. */
const keyOf = (idempotencyKey: string | null, content: Parameters<typeof pushDigest>[0], caller: Caller) => ({
  idempotencyKey,
  pushedSha256: idempotencyKey === null ? null : pushDigest(content, caller),
})

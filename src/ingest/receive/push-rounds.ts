import { asNoRoom } from '../../disk/disk-room.ts'
import { AppError } from '../../errors.ts'
import type { NewBatch } from '../../ledger/batches.ts'
import type { Logger } from '../../logger.ts'
import type { Database } from '../../ports/database/database.ts'
import { type EarlierPush, isSamePush, otherPush } from './push-digest.ts'
import { append, openSegment, type Segment, settleSegment } from './push-segment.ts'
import {
  collectingBatches,
  KeyTaken,
  keyText,
  knownKeys,
  type Received,
  recordReaders,
  recordReceived,
} from './push-store.ts'

/** A push whose sender waits for the answer. */
export type WaitingPush = { push: SmallPush; resolve: (batchId: number) => void; reject: (error: unknown) => void }

const settleAgainMs = 1_000

/** The segments of a data directory. */
type Rounds = {
  deps: PushSpoolDeps
  /** Segments that take pushes, by `segmentKey`. */
  open: Map<string, Segment>
  /** Segments that are full, to be handed over. */
  full: Set<Segment>
  /** Paths of segments that are closed and not handed over yet. */
  closed: Set<string>
  /** Time of the next try after a failed hand-over, ms. */
  retryAtMs: number
}

/**
 * Receives pushes in rounds. A round writes all waiting pushes to the segments of their batches, syncs those, and
 * records them in one transaction. The caller must run rounds and hand-overs one at a time.
 */
export function createPushRounds(deps: PushSpoolDeps) {
  const rounds: Rounds = { deps, open: new Map(), full: new Set(), closed: new Set(), retryAtMs: 0 }
  return {
    /** Answers every push of a round, with its batch or an error. */
    receive: async (round: readonly WaitingPush[]): Promise<void> => {
      try {
        const batchOf = await untilNoKeyIsTaken(rounds, round)
        for (const { push, resolve, reject } of round) {
          const batch = batchOf.get(push)
          if (batch instanceof AppError) reject(batch)
          else resolve(batch as number)
        }
      } catch (error) {
        deps.log.warn({ err: error, pushes: round.length }, 'ingest.pushes_not_received')
        for (const { reject } of round) reject(asNoRoom(error))
      }
    },
    /** Hands over the segments that are due. */
    settle: async (nowMs: number): Promise<void> => {
      for (const segment of [...rounds.open.values(), ...rounds.full]) {
        if (segment.dueAtMs <= nowMs || rounds.full.has(segment)) await close(rounds, segment)
      }
      await settleClosed(rounds)
    },
    /** True if a segment waits for its time, its hand-over or another try. */
    hasSegments: (): boolean => rounds.open.size + rounds.full.size + rounds.closed.size > 0,
    /** Hands over the segments that the previous process left. */
    settleLeft: async (): Promise<void> => {
      for (const batch of await collectingBatches(deps.database, deps.owner)) rounds.closed.add(batch.content_path)
      await settleClosed(rounds)
    },
  }
}

async function close({ open, full, closed }: Rounds, segment: Segment): Promise<void> {
  full.delete(segment)
  for (const [key, other] of open) if (other === segment) open.delete(key)
  closed.add(segment.path)
  await segment.file.close().catch(() => undefined)
}

async function settleClosed(rounds: Rounds): Promise<void> {
  const { deps, closed } = rounds
  if (Date.now() < rounds.retryAtMs) return
  for (const path of [...closed]) {
    try {
      await settleSegment(deps.database, path)
      closed.delete(path)
      deps.onQueued()
    } catch (error) {
      deps.log.warn({ err: error }, 'ingest.pushes_not_handed_over')
      rounds.retryAtMs = Date.now() + settleAgainMs
    }
  }
}

async function segmentFor(rounds: Rounds, push: SmallPush, taken: Map<Segment, SmallPush[]>): Promise<Segment> {
  const { deps, open, full } = rounds
  const key = segmentKey(push)
  const current = open.get(key)
  const bytes = current ? current.receivedBytes + bytesOf(taken.get(current) ?? []) : 0
  if (current && (bytes === 0 || bytes + push.lines.length <= deps.segmentBytesMax)) return current
  if (current) full.add(current)
  const batch = { ...push.batch, idempotencyKey: null, pushedSha256: null }
  const begun = await openSegment(deps.spoolDirectory, batch, Date.now() + deps.pushGroupMs)
  deps.onSegment?.(begun.path, batch.accountId)
  open.set(key, begun)
  return begun
}

/** Writes, syncs and records new pushes. @returns the batch of each */
async function receiveNew(rounds: Rounds, pushes: readonly SmallPush[]): Promise<Map<SmallPush, number>> {
  const taken = new Map<Segment, SmallPush[]>()
  try {
    for (const push of pushes) {
      const segment = await segmentFor(rounds, push, taken)
      taken.set(segment, [...(taken.get(segment) ?? []), push])
      if (push.isUrgent) segment.dueAtMs = 0
    }
    for (const [segment, own] of taken) await append(segment, own)
    const received = [...taken].map(([segment, own]) => receivedOf(segment, own))
    const batchIds = await recordReceived(rounds.deps.database, received)
    const batchOf = new Map<SmallPush, number>()
    for (const [index, [segment, own]] of [...taken].entries()) {
      const { receivedBytes, pushes: count } = received[index] as Received
      Object.assign(segment, { receivedBytes, pushes: count, batchId: batchIds[index] })
      for (const push of own) batchOf.set(push, batchIds[index] as number)
    }
    return batchOf
  } catch (error) {
    // The outcome is uncertain, and only the database knows it, so nothing more is appended to these segments.
    for (const segment of taken.keys()) await close(rounds, segment)
    throw error
  }
}

/**
 * Each push's batch. It is an earlier push's if the key is known, in the ledger or in this round; an error if the key
 * had another body.
 */
async function untilNoKeyIsTaken(
  rounds: Rounds,
  round: readonly WaitingPush[],
): Promise<Map<SmallPush, number | AppError>> {
  for (;;) {
    const keys = round.flatMap(({ push }) => keyOf(push) ?? [])
    const known = keys.length > 0 ? await knownKeys(rounds.deps.database.queries, keys) : new Map<string, EarlierPush>()
    const fresh = firstOfEachKey(round, known)
    try {
      const batchOf = fresh.length > 0 ? await receiveNew(rounds, fresh) : new Map<SmallPush, number>()
      for (const [push, batchId] of batchOf) {
        const text = textOf(push)
        if (text !== null) known.set(text, { batchId, loadedBy: push.batch.loadedBy, pushedSha256: push.pushedSha256 })
      }
      const again = round.flatMap(({ push }) => (batchOf.has(push) ? [] : repeated(known, push)))
      await recordReaders(rounds.deps.database.queries, again.flatMap(readerOf))
      return new Map([...batchOf, ...again.map((one) => [one.push, batchOfRepeated(one)] as const)])
    } catch (error) {
      if (!(error instanceof KeyTaken)) throw error
    }
  }
}

/** A push whose idempotency key an earlier one had. */
type RepeatedPush = { push: SmallPush; earlier: EarlierPush }

function repeated(known: ReadonlyMap<string, EarlierPush>, push: SmallPush): RepeatedPush[] {
  const text = textOf(push)
  const earlier = text === null ? undefined : known.get(text)
  if (!earlier) throw new Error('a push without a key of an earlier one was not received')
  return [{ push, earlier }]
}

/** The reader entry for a push that is answered with the batch of another access key. */
function readerOf({ push, earlier }: RepeatedPush) {
  const isAnothers = earlier.loadedBy !== push.batch.loadedBy && isSamePush(earlier, push.pushedSha256)
  return isAnothers ? [{ batchId: earlier.batchId, accessKey: push.batch.loadedBy }] : []
}

const batchOfRepeated = ({ push, earlier }: RepeatedPush): number | AppError =>
  isSamePush(earlier, push.pushedSha256) ? earlier.batchId : otherPush()

function firstOfEachKey(round: readonly WaitingPush[], known: ReadonlyMap<string, EarlierPush>): SmallPush[] {
  const seen = new Set(known.keys())
  return round.flatMap(({ push }) => {
    const text = textOf(push)
    if (text === null) return [push]
    if (seen.has(text)) return []
    seen.add(text)
    return [push]
  })
}

const keyOf = ({ batch, idempotencyKey }: SmallPush) =>
  idempotencyKey === null ? null : { accountId: batch.accountId, source: batch.source, idempotencyKey }

const textOf = (push: SmallPush): string | null => {
  const key = keyOf(push)
  return key && keyText(key)
}

/** Pushes of one batch share all of the batch's parameters. */
const segmentKey = ({ batch }: SmallPush): string => JSON.stringify(batch)

const bytesOf = (pushes: readonly SmallPush[]): number => pushes.reduce((sum, push) => sum + push.lines.length, 0)

const receivedOf = (segment: Segment, pushes: readonly SmallPush[]): Received => ({
  batchId: segment.batchId,
  newBatch: segment.newBatch,
  receivedBytes: segment.receivedBytes + bytesOf(pushes),
  pushes: segment.pushes + pushes.length,
  keyed: pushes.flatMap((push) => {
    const key = keyOf(push)
    return key === null ? [] : [{ ...key, bytes: push.lines.length, pushedSha256: push.pushedSha256 }]
  }),
})

/** A small push: its parameters, with the recognised format, and its lines, each with its end. */
export type SmallPush = {
  batch: Omit<NewBatch, 'content' | 'idempotencyKey' | 'pushedSha256'>
  idempotencyKey: string | null
  /** Digest of the push under the key (push-digest.ts); null without a key. */
  pushedSha256: string | null
  lines: Buffer
  /** True if the sender waits for the load, which is not delayed then. */
  isUrgent: boolean
}
export type PushSpoolDeps = {
  database: Database
  owner: string
  spoolDirectory: string
  log: Logger
  /** Pushes of a batch are collected for this time, ms. */
  pushGroupMs: number
  /** Most bytes of a batch; a longer push gets its own. */
  segmentBytesMax: number
  /** Most bytes of lines held in memory until they are written. */
  heldBytesMax: number
  /** Called when a file for an account's pushes is begun. */
  onSegment?: (path: string, accountId: string) => void
  /** Called when a batch waits to be loaded. */
  onQueued: () => void
}

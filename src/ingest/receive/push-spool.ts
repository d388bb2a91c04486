import { AppError } from '../../errors.ts'
import type { NewBatch } from '../../ledger/batches.ts'
import type { Logger } from '../../logger.ts'
import type { Database } from '../../ports/database/database.ts'
import { createWakeSignal } from '../../wake-signal.ts'
import { createPushRounds, type WaitingPush } from './push-rounds.ts'

/** A small push: its parameters, with the format that was recognised, and its lines, each with its end. */
export type SmallPush = {
  batch: Omit<NewBatch, 'content' | 'idempotencyKey' | 'pushedSha256'>
  idempotencyKey: string | null
  /** What comes under the key (push-digest.ts); null without one. */
  pushedSha256: string | null
  lines: Buffer
  /** Somebody waits for the load: it is not put off. */
  isUrgent: boolean
}

/** Receives small pushes, and hands those of a source over together, to be loaded as one batch. */
export type PushSpool = {
  /**
   * Resolves once the push is on disk and recorded: with the batch that has it, an earlier one's when its key came before.
   * @throws AppError FLUXPORT.0203 when something else came under the key; FLUXPORT.0105 when there is no room, FLUXPORT.0002 when disk or database fail; whether a push counts
   *   that was answered so, only its key can tell
   */
  receive(push: SmallPush): Promise<number>
  /** Takes no more; resolves when all that was received waits to be loaded. */
  stop(): Promise<void>
}

export type PushSpoolDeps = {
  database: Database
  owner: string
  spoolDirectory: string
  log: Logger
  /** How long the pushes of a batch are collected, ms. */
  pushGroupMs: number
  /** A batch holds at most so many bytes; a longer push has one to itself. */
  segmentBytesMax: number
  /** Lines are held in memory until they are written: so many bytes at most. */
  heldBytesMax: number
  /** A file for an account's pushes has begun. */
  onSegment?: (path: string, accountId: string) => void
  /** A batch waits to be loaded. */
  onQueued: () => void
}

const lookMs = 100
/** Pushes that are written and recorded together. */
const roundPushesMax = 2_000

/** Hands over what the process before has left, then receives. */
export async function startPushSpool(deps: PushSpoolDeps): Promise<PushSpool> {
  const rounds = createPushRounds(deps)
  await rounds.settleLeft()
  const wakeSignal = createWakeSignal()
  const stopping = new AbortController()
  const waiting: WaitingPush[] = []
  let heldBytes = 0
  const running = (async () => {
    while (waiting.length > 0 || !stopping.signal.aborted) {
      const round = waiting.splice(0, roundPushesMax)
      if (round.length > 0) await rounds.receive(round)
      await rounds.settle(Date.now())
      if (waiting.length === 0) await wakeSignal.wait(lookMs, stopping.signal)
    }
    await rounds.settle(Number.POSITIVE_INFINITY)
  })()
  const assertHoldable = (bytes: number) => {
    if (stopping.signal.aborted)
      throw new AppError('FLUXPORT.0002', 'The server is stopping; come again', { retryAfterSeconds: 1 })
    if (heldBytes > 0 && heldBytes + bytes > deps.heldBytesMax)
      throw new AppError('FLUXPORT.0105', 'More is pushed at once than can be held; come again', {
        retryAfterSeconds: 1,
      })
  }
  return {
    receive: async (push) => {
      assertHoldable(push.lines.length)
      heldBytes += push.lines.length
      try {
        return await new Promise<number>((resolve, reject) => {
          waiting.push({ push, resolve, reject })
          wakeSignal.wake()
        })
      } finally {
        heldBytes -= push.lines.length
      }
    },
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

import { AppError } from '../../errors.ts'
import { createWakeSignal } from '../../wake-signal.ts'
import { createPushRounds, type PushSpoolDeps, type SmallPush, type WaitingPush } from './push-rounds.ts'

/** Receives small pushes, and hands those with equal parameters over together, to be loaded as one batch. */
export type PushSpool = {
  /**
   * Resolves once the push is on disk and recorded. The result is its batch, or an earlier push's batch if the key was
   * used.
   * @throws AppError FLUXPORT.0203 when the key had another body; FLUXPORT.0105 when there is no room, FLUXPORT.0002
   *   when disk or database fail. After the latter only a retry with the key can tell whether the push counts
   */
  receive(push: SmallPush): Promise<number>
  /** Takes no more; resolves when all received pushes wait to be loaded. */
  stop(): Promise<void>
}

const lookMs = 100
/** Without a segment only a push, which wakes the loop, makes work. */
const idleLookMs = 3_600_000

/** Most pushes that are written and recorded together. */
const roundPushesMax = 2_000

/** Hands over the segments that the previous process left, then receives. */
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
      if (waiting.length === 0) await wakeSignal.wait(rounds.hasSegments() ? lookMs : idleLookMs, stopping.signal)
    }
    await rounds.settle(Number.POSITIVE_INFINITY)
  })()
  const assertHoldable = (bytes: number) => {
    if (stopping.signal.aborted)
      throw new AppError('FLUXPORT.0002', 'The server is stopping; retry', { retryAfterSeconds: 1 })
    if (heldBytes > 0 && heldBytes + bytes > deps.heldBytesMax)
      throw new AppError('FLUXPORT.0105', 'Too many pushes at once; retry in 1 s', {
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

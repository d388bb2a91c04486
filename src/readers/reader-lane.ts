import { type ReaderProcess, startReaderProcess } from './reader-process.ts'

/** The reader processes of one kind of work. */
export type ReaderLane = {
  /** Waits for a free process, in turn. @throws the signal's reason, or an Error when the lane has stopped */
  take(turnOf: string, signal: AbortSignal | undefined): Promise<ReaderProcess>
  giveBack(reader: ReaderProcess): void
  stop(): void
}

const idleMs = 30_000
/** Most accounts whose last turn is remembered. */
const servedMax = 1_000

type Waiting = { turnOf: string; start: (reader: ReaderProcess) => void; fail: (error: unknown) => void }

/** @param width most processes at once */
export function createLane(width: number): ReaderLane {
  const idle = createIdle()
  const busy = new Set<ReaderProcess>()
  const waiting: Waiting[] = []
  /** Served accounts, the most recent last. */
  const served: string[] = []
  let hasStopped = false

  const assign = () => {
    while (busy.size < width && !hasStopped) {
      const next = nextOf(waiting, served)
      if (!next) return
      const reader = idle.take() ?? startReaderProcess()
      busy.add(reader)
      next.start(reader)
    }
  }
  return {
    take: (turnOf, signal) => {
      signal?.throwIfAborted()
      if (hasStopped) throw new Error('the readers have stopped')
      const taken = waitFor(waiting, turnOf, signal)
      assign()
      return taken
    },
    giveBack: (reader) => {
      busy.delete(reader)
      if (hasStopped) reader.kill()
      else if (reader.isAlive()) idle.put(reader)
      assign()
    },
    stop: () => {
      hasStopped = true
      for (const { fail } of waiting.splice(0)) fail(new Error('the readers have stopped'))
      for (let reader = idle.take(); reader; reader = idle.take()) reader.kill()
      for (const reader of busy) reader.kill()
    },
  }
}

function waitFor(waiting: Waiting[], turnOf: string, signal: AbortSignal | undefined): Promise<ReaderProcess> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      waiting.splice(waiting.indexOf(one), 1)
      reject(signal?.reason)
    }
    const start = (reader: ReaderProcess) => {
      signal?.removeEventListener('abort', onAbort)
      resolve(reader)
    }
    const one: Waiting = { turnOf, start, fail: reject }
    signal?.addEventListener('abort', onAbort, { once: true })
    waiting.push(one)
  })
}

/** Idle processes. Each is ended after `idleMs` without work. */
function createIdle() {
  const timers = new Map<ReaderProcess, NodeJS.Timeout>()
  return {
    put: (reader: ReaderProcess): void => {
      const timer = setTimeout(() => {
        timers.delete(reader)
        reader.kill()
      }, idleMs)
      timers.set(reader, timer.unref())
    },
    take: (): ReaderProcess | null => {
      for (const [reader, timer] of timers) {
        clearTimeout(timer)
        timers.delete(reader)
        if (reader.isAlive()) return reader
      }
      return null
    },
  }
}

/** Takes the first waiting job of the account whose last turn is the longest ago, or who never had one. */
function nextOf(waiting: Waiting[], served: string[]): Waiting | undefined {
  const rank = ({ turnOf }: Waiting) => served.indexOf(turnOf)
  let best = waiting[0]
  for (const one of waiting) if (best && rank(one) < rank(best)) best = one
  if (!best) return undefined
  waiting.splice(waiting.indexOf(best), 1)
  const before = served.indexOf(best.turnOf)
  if (before >= 0) served.splice(before, 1)
  served.push(best.turnOf)
  if (served.length > servedMax) served.shift()
  return best
}

import { stat } from 'node:fs/promises'
import { type Job, type ReadLimits, ReadRefused } from './jobs.ts'
import { type JobLimits, type ReaderProcess, startReaderProcess } from './reader-process.ts'

/**
 * Reader processes: what comes from outside is decoded and parsed in one of them, never in the server. Each is watched from
 * here, and killed when it takes too much memory or time.
 */
export type Readers = {
  limits: ReadLimits
  /**
   * Yields what the job gives, bytes.
   * @throws ReadRefused when the content takes too much; ReadFailed, or GeoFileError by name, when it cannot be read;
   *   ReaderLost when its process ended by itself
   */
  run(job: Job, options: RunOptions): AsyncGenerator<Buffer>
  /** Ends all of them. */
  stop(): Promise<void>
}

/**
 * Jobs of one lane wait for each other and for no other's; within it, accounts take turns.
 * `look`: a batch's first bytes and headers. `load`: contents in full. `push`: bodies that somebody waits for. `geo`: files.
 */
export type Lane = 'look' | 'load' | 'push' | 'geo'
export type RunOptions = { lane: Lane; turnOf: string; body?: Buffer; signal?: AbortSignal }

/** Processes at once. An idle one has about 45 MiB, and ends after a while. */
const laneWidth: Record<Lane, number> = { look: 1, load: 2, push: 2, geo: 1 }
const idleMs = 30_000

const mebibyte = 1024 ** 2
/** What a process has by itself, and a decoder beside its window. */
const ownBytes = 320 * mebibyte
const geoBytesMax = 3 * 1024 * mebibyte
/**
 * Processor time: a start and a block, then 2 MiB of output or 4 of input in a second. The slowest decoder gives 18 MiB of
 * output in one here; a processor may be eight times slower.
 */
const cpuMsFree = 5_000
const cpuMsFreeOfPush = 2_000
const cpuMsPerOutput = 500 / mebibyte
const cpuMsPerInput = 250 / mebibyte
/** Headers are passed over at some hundred MiB a second; a hostile file has one every three bytes. */
const geoCpuMsFree = 60_000
const geoCpuMsPerInput = 2_000 / mebibyte

export function createReaders(limits: ReadLimits): Readers {
  const lanes = new Map<Lane, LaneOfReaders>()
  const laneOf = (name: Lane): LaneOfReaders => {
    const found = lanes.get(name) ?? createLane(laneWidth[name])
    lanes.set(name, found)
    return found
  }
  return {
    limits,
    run: async function* (job, { lane, turnOf, body, signal }) {
      const jobLimits = await limitsOf(job, lane, limits)
      const reader = await laneOf(lane).take(turnOf, signal)
      try {
        yield* reader.run(job, body ?? null, jobLimits, signal)
      } finally {
        laneOf(lane).giveBack(reader)
      }
    },
    stop: async () => {
      for (const lane of lanes.values()) lane.stop()
    },
  }
}

async function limitsOf(job: Job, lane: Lane, limits: ReadLimits): Promise<JobLimits> {
  const inputBytes = 'path' in job.from ? (await stat(job.from.path)).size : job.from.bodyBytes
  if (job.kind === 'geo') {
    const cpuMs = geoCpuMsFree + inputBytes * geoCpuMsPerInput
    return { residentBytesMax: geoBytesMax, cpuMsMax: () => cpuMs }
  }
  // Looking at a beginning takes no longer for what comes behind it.
  const isBeginning = job.kind === 'decode' && job.outputBytesMax !== null
  const free = isBeginning ? cpuMsFreeOfPush : cpuMsFree + inputBytes * cpuMsPerInput
  return {
    residentBytesMax: ownBytes + 6 * limits.zstdWindowBytesMax,
    cpuMsMax: (givenBytes) => (lane === 'push' ? cpuMsFreeOfPush : free) + givenBytes * cpuMsPerOutput,
  }
}

type Waiting = { turnOf: string; start: (reader: ReaderProcess) => void; fail: (error: unknown) => void }
type LaneOfReaders = ReturnType<typeof createLane>

function createLane(width: number) {
  const idle = new Map<ReaderProcess, NodeJS.Timeout>()
  const busy = new Set<ReaderProcess>()
  const waiting: Waiting[] = []
  /** Who was served, the last at the end. */
  const served: string[] = []
  let hasStopped = false

  const assign = () => {
    while (busy.size < width) {
      const next = nextOf(waiting, served)
      if (!next) return
      const reader = takeIdle(idle) ?? startReaderProcess()
      busy.add(reader)
      next.start(reader)
    }
  }
  return {
    take: (turnOf: string, signal: AbortSignal | undefined): Promise<ReaderProcess> => {
      signal?.throwIfAborted()
      if (hasStopped) throw new Error('the readers have stopped')
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
        assign()
      })
    },
    giveBack: (reader: ReaderProcess): void => {
      busy.delete(reader)
      if (hasStopped) reader.kill()
      else if (reader.isAlive()) {
        const timer = setTimeout(() => {
          idle.delete(reader)
          reader.kill()
        }, idleMs).unref()
        idle.set(reader, timer)
      }
      assign()
    },
    stop: (): void => {
      hasStopped = true
      for (const { fail } of waiting.splice(0)) fail(new Error('the readers have stopped'))
      for (const [reader, timer] of idle) {
        clearTimeout(timer)
        reader.kill()
      }
      for (const reader of busy) reader.kill()
    },
  }
}

function takeIdle(idle: Map<ReaderProcess, NodeJS.Timeout>): ReaderProcess | null {
  for (const [reader, timer] of idle) {
    clearTimeout(timer)
    idle.delete(reader)
    if (reader.isAlive()) return reader
  }
  return null
}

/** The first that waits of whoever was served longest ago. */
function nextOf(waiting: Waiting[], served: string[]): Waiting | undefined {
  const rank = ({ turnOf }: Waiting) => served.indexOf(turnOf)
  let best = waiting[0]
  for (const one of waiting) if (best && rank(one) < rank(best)) best = one
  if (!best) return undefined
  waiting.splice(waiting.indexOf(best), 1)
  const before = served.indexOf(best.turnOf)
  if (before >= 0) served.splice(before, 1)
  served.push(best.turnOf)
  if (served.length > 1_000) served.shift()
  return best
}

/** Whether an error says that content takes more than it may. */
export const isReadRefused = (error: unknown): error is ReadRefused => error instanceof ReadRefused

import { stat } from 'node:fs/promises'
import type { Job, ReadLimits } from './jobs.ts'
import { createLane, type ReaderLane } from './reader-lane.ts'
import type { JobLimits } from './reader-process.ts'

/**
 * Reader processes decode and parse all bytes from outside; the server never does. The server watches each process, and
 * kills it when it takes too much memory or time.
 */
export type Readers = {
  limits: ReadLimits
  /**
   * Yields the bytes that the job produces.
   * @throws ReadRefused when the content takes too much; ReadFailed, or GeoFileError by name, when it cannot be read;
   * ReaderLost when its process ended by itself
   */
  run(job: Job, options: RunOptions): AsyncGenerator<Buffer>
  /** Ends all reader processes. */
  stop(): Promise<void>
}

/**
 * Jobs wait only for jobs of their own lane; within a lane, accounts take turns.
 * `look`: a batch's first bytes and headers. `load`: contents in full. `push`: bodies that a client waits for. `geo`:
 * files.
 */
type Lane = 'look' | 'load' | 'push' | 'geo'
export type RunOptions = { lane: Lane; turnOf: string; body?: Buffer; signal?: AbortSignal }

/** Most processes of a lane at once. An idle process ends after a while. */
const laneWidth: Record<Lane, number> = { look: 1, load: 2, push: 2, geo: 1 }

const mebibyte = 1024 ** 2
/** Memory of a process itself, and of a decoder beside its window. */
const ownBytes = 320 * mebibyte
const geoBytesMax = 3 * 1024 * mebibyte
/**
 * Processor time: for start-up and a block, for input, and for output. The slowest decoder yields 6 to 18 MiB a second
 * on the machine where it was measured, depending on its load; others may have a slower processor.
 */
const cpuMsFree = { load: 5_000, look: 2_000, push: 2_000, geo: 60_000 } satisfies Record<Lane, number>
const cpuMsPerInput = { load: 250 / mebibyte, look: 5 / mebibyte, push: 0, geo: 2_000 / mebibyte } satisfies Record<
  Lane,
  number
>
const cpuMsPerOutput = 1_000 / mebibyte

export function createReaders(limits: ReadLimits): Readers {
  const lanes = new Map<Lane, ReaderLane>()
  const laneOf = (name: Lane): ReaderLane => {
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
  const cpuMs = cpuMsFree[lane] + inputBytes * cpuMsPerInput[lane]
  if (job.kind === 'geo') return { residentBytesMax: geoBytesMax, cpuMsMax: () => cpuMs }
  return {
    residentBytesMax: ownBytes + 6 * limits.zstdWindowBytesMax,
    cpuMsMax: (givenBytes) => cpuMs + givenBytes * cpuMsPerOutput,
  }
}

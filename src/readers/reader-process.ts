import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createFrameParser, type Frame, frameHeader } from './frames.ts'
import { type ErrorText, errorOfText, type Job, ReaderLost, ReadRefused } from './jobs.ts'
import { usageOf } from './process-usage.ts'

/** Upper bounds of a job's use of its process. */
export type JobLimits = {
  residentBytesMax: number
  /** Most processor time, ms, for the bytes given so far. */
  cpuMsMax: (givenBytes: number) => number
}

/** One process, which does one job at a time. */
export type ReaderProcess = {
  /** Yields the job's bytes. If the caller stops early, or the process itself fails, the process is killed. */
  run(job: Job, body: Buffer | null, limits: JobLimits, signal: AbortSignal | undefined): AsyncGenerator<Buffer>
  isAlive(): boolean
  /** For tests that kill the process. */
  processId(): number
  kill(): void
}

const lookMs = 50
/** Bound of JavaScript's own heap; decoders hold memory outside it. */
const heapMegabytes = 2_048

export function startReaderProcess(): ReaderProcess {
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMegabytes}`, entry()], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // The child gets nothing of the server's environment, which may hold the master key.
    env: {},
  })
  child.on('error', () => undefined) // the process's end reports it
  child.stdin.on('error', () => undefined)
  // The exit of a killed process is reported late: until then the next job must not get this process.
  const isAlive = () => !child.killed && child.exitCode === null && child.signalCode === null && child.pid !== undefined
  const kill = () => void child.kill('SIGKILL')
  return {
    isAlive,
    kill,
    processId: () => child.pid ?? 0,
    run: async function* (job, body, limits, signal) {
      let isDone = false
      const watch = watched(child, limits, signal)
      try {
        send(child, job, body)
        for await (const { kind, content } of framesOf(child)) {
          if (kind === 'bytes') {
            watch.gave(content.length)
            yield content
          } else {
            isDone = true
            if (kind === 'error') throw errorOfText(JSON.parse(content.toString()) as ErrorText)
            return
          }
        }
        await ended(child)
        signal?.throwIfAborted()
        throw watch.refused() ?? new ReaderLost(String(child.signalCode ?? child.exitCode))
      } finally {
        watch.end()
        if (!isDone) kill()
      }
    },
  }
}

/** Node 20 cannot run TypeScript, so tests, which run from the sources, take the child from the build. */
const entry = () =>
  import.meta.url.endsWith('.ts')
    ? fileURLToPath(new URL('../../dist/reader-child.js', import.meta.url))
    : fileURLToPath(new URL('../reader-child.js', import.meta.url))

function send(child: ChildProcess, job: Job, body: Buffer | null): void {
  const text = Buffer.from(JSON.stringify(job))
  child.stdin?.write(Buffer.concat([frameHeader('job', text.length), text]))
  if (body === null) return
  child.stdin?.write(frameHeader('body', body.length))
  child.stdin?.write(body)
}

async function* framesOf(child: ChildProcess): AsyncGenerator<Frame> {
  const parse = createFrameParser()
  if (!child.stdout) return
  // The next job continues to read this stream, so it stays open.
  for await (const piece of child.stdout.iterator({ destroyOnReturn: false })) yield* parse(piece as Buffer)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
}

/** Watches a process's use of time and memory. It kills the process over a limit, or when the caller aborts. */
function watched(child: ChildProcess, limits: JobLimits, signal: AbortSignal | undefined) {
  const processId = child.pid ?? 0
  const startMs = performance.now()
  const cpuMsBefore = usageOf(processId)?.cpuMs ?? 0
  let givenBytes = 0
  let refused: ReadRefused | null = null
  const kill = () => void child.kill('SIGKILL')
  const look = setInterval(() => {
    const usage = usageOf(processId)
    const cpuMs = usage ? usage.cpuMs - cpuMsBefore : performance.now() - startMs
    if (cpuMs > limits.cpuMsMax(givenBytes))
      refused ??= new ReadRefused('time', `takes too long to read: ${Math.round(cpuMs / 1000)} s of processor time`)
    else if ((usage?.residentBytes ?? 0) > limits.residentBytesMax)
      refused ??= new ReadRefused('memory', `takes more than ${limits.residentBytesMax} bytes of memory to read`)
    if (refused) kill()
  }, lookMs)
  signal?.addEventListener('abort', kill, { once: true })
  return {
    gave: (bytes: number) => {
      givenBytes += bytes
    },
    refused: () => refused,
    end: () => {
      clearInterval(look)
      signal?.removeEventListener('abort', kill)
    },
  }
}

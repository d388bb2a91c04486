import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createFrameParser, type Frame, frameHeader } from './frames.ts'
import { type ErrorText, errorOfText, type Job, ReaderLost, ReadRefused } from './jobs.ts'
import { usageOf } from './process-usage.ts'

/** What a job may use of its process. */
export type JobLimits = {
  residentBytesMax: number
  /** Processor time, ms, allowed for the bytes that were given by now. */
  cpuMsMax: (givenBytes: number) => number
}

/** One process, which does one job at a time. */
export type ReaderProcess = {
  /** Yields what the job gives. Left before its end, or with an error of the process's own, the process is gone. */
  run(job: Job, body: Buffer | null, limits: JobLimits, signal: AbortSignal | undefined): AsyncGenerator<Buffer>
  isAlive(): boolean
  /** For tests that kill it. */
  processId(): number
  kill(): void
}

const lookMs = 50
/** JavaScript's own memory; what decoders hold is beside it. */
const heapMegabytes = 2_048

export function startReaderProcess(): ReaderProcess {
  const child = spawn(process.execPath, [`--max-old-space-size=${heapMegabytes}`, entry()], {
    stdio: ['pipe', 'pipe', 'ignore'],
    // Nothing of the server's: the master key may be in its environment.
    env: {},
  })
  child.on('error', () => undefined) // seen as its end
  child.stdin.on('error', () => undefined)
  // A process that was killed is told to have ended only later: the next job must not get it meanwhile.
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

/** Tests run from the sources, and Node 20 cannot run TypeScript: the child is then taken from the build. */
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
  // The next job reads on where this one stops: the stream stays open.
  for await (const piece of child.stdout.iterator({ destroyOnReturn: false })) yield* parse(piece as Buffer)
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'close')
}

/** Looks at what a process uses, and ends it when that is too much, or nobody wants it any more. */
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

/**
 * A reader process: does jobs from its standard input, one after another, and ends when that closes. The kernel closes
 * it when the server is gone, for whatever reason.
 */
import { writeFileSync } from 'node:fs'
import { createFrameParser, type FrameKind, frameHeader } from './readers/frames.ts'
import { type ErrorText, type Job, ReadRefused } from './readers/jobs.ts'
import { assertHeaders, decode } from './readers/read-content.ts'

/** Frames to the server are written one by one: the pipe blocks the child while the server does not read. */
function give(kind: FrameKind, content: Uint8Array): Promise<void> {
  process.stdout.write(frameHeader(kind, content.length))
  return new Promise((resolve, reject) => {
    process.stdout.write(content, (error) => (error ? reject(error) : resolve()))
  })
}

/** Few processes read geographic data. */
const geoPieces = async (path: string, name: string) => (await import('./geo/read-geo.ts')).readGeo(path, name)

async function work(job: Job, body: Buffer | null): Promise<void> {
  if (job.kind === 'headers') return await assertHeaders(job, body)
  const pieces = job.kind === 'geo' ? await geoPieces(job.from.path, job.name) : decode(job, body)
  for await (const piece of pieces) await give('bytes', piece)
}

function textOf(error: unknown): ErrorText {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const { name, message } = error
  const code = 'code' in error ? { code: String(error.code) } : {}
  const syscall = 'syscall' in error ? { syscall: String(error.syscall) } : {}
  const refusal = error instanceof ReadRefused ? { refusal: error.refusal } : {}
  return { name, message, ...code, ...syscall, ...refusal }
}

async function answer(job: Job, body: Buffer | null): Promise<void> {
  try {
    await work(job, body)
    await give('end', Buffer.alloc(0))
  } catch (error) {
    await give('error', Buffer.from(JSON.stringify(textOf(error))))
  }
}

// When memory runs out, the kernel takes this process first.
try {
  writeFileSync('/proc/self/oom_score_adj', '1000')
} catch {
  // another operating system, or a container that forbids it
}
process.stdout.on('error', () => process.exit(1))
process.stdin.on('end', () => process.exit(0))
process.stdin.on('error', () => process.exit(1))

const parse = createFrameParser()
let waiting: Job | null = null
process.stdin.on('data', (piece: Buffer) => {
  for (const { kind, content } of parse(piece)) {
    const job: Job = kind === 'job' ? (JSON.parse(content.toString()) as Job) : (waiting as Job)
    const hasBody = 'bodyBytes' in job.from
    waiting = job
    if (kind === 'body' || !hasBody) void answer(job, kind === 'body' ? content : null)
  }
})

import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../errors.ts'

/** A body that brings fewer bytes within the time counts as stalled. */
const progressBytes = 1_024
const stalledStatus = 408

const late = Symbol('late')

/**
 * A body's pieces as they arrive.
 * @param onPiece called with each piece's length; it refuses the piece by throwing
 * @throws AppError APIGW.0201 with status 408 when the body makes no progress within `stallMs`
 */
export async function* progressing(
  body: AsyncIterable<Uint8Array>,
  stallMs: number,
  onPiece: (bytes: number) => void = () => undefined,
): AsyncGenerator<Uint8Array> {
  const pieces = body[Symbol.asyncIterator]()
  let isReading = false
  try {
    let pending = pieces.next()
    let window = { bytes: 0, endMs: Date.now() + stallMs }
    for (;;) {
      isReading = true
      const next = await orLate(pending, window.endMs - Date.now())
      if (next === late) {
        if (window.bytes < progressBytes) throw stalled(stallMs)
        window = { bytes: 0, endMs: Date.now() + stallMs }
        continue
      }
      isReading = false
      if (next.done) return
      onPiece(next.value.length)
      yield next.value
      window.bytes += next.value.length
      // The reader's own time does not count against the sender.
      if (Date.now() >= window.endMs) window = { bytes: 0, endMs: Date.now() + stallMs }
      pending = pieces.next()
    }
  } finally {
    // A stalled body never ends, so its end is not awaited.
    if (!isReading) await pieces.return?.()
  }
}

async function orLate<T>(pending: Promise<T>, timeMs: number): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), Math.max(0, timeMs))
  })
  pending.catch(() => undefined) // it may fail after nobody awaits it
  try {
    return await Promise.race([pending, patience])
  } finally {
    clearTimeout(timer)
  }
}

const stalled = (stallMs: number) =>
  new AppError('APIGW.0201', `Less than ${progressBytes} bytes of the body came in ${stallMs / 1000} s`, {
    status: stalledStatus,
  })

/** Cuts the connection of a stalled body after its sender was answered. */
export async function cutWhenStalled<T>(request: FastifyRequest, reply: FastifyReply, work: () => Promise<T>) {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError && error.status === stalledStatus) {
      reply.header('Connection', 'close')
      reply.raw.once('finish', () => request.raw.destroy())
    }
    throw error
  }
}

import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError } from '../../errors.ts'

/** A body of which less than this came within the time has no sender that means it. */
const progressBytes = 1_024
const stalledStatus = 408

const late = Symbol('late')

/**
 * A body's pieces as they come.
 * @param onPiece looks at each, and may refuse it by throwing
 * @throws AppError APIGW.0201 with status 408 when it makes no progress within that time
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
      // Time that the reader took is not the sender's.
      if (Date.now() >= window.endMs) window = { bytes: 0, endMs: Date.now() + stallMs }
      pending = pieces.next()
    }
  } finally {
    // A body that stalls is never done: nobody waits for it.
    if (!isReading) await pieces.return?.()
  }
}

async function orLate<T>(pending: Promise<T>, timeMs: number): Promise<T | typeof late> {
  let timer: NodeJS.Timeout | undefined
  const patience = new Promise<typeof late>((resolve) => {
    timer = setTimeout(() => resolve(late), Math.max(0, timeMs))
  })
  pending.catch(() => undefined) // it may fail when nobody waits for it any more
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

/** Cuts the connection of a body that stalls, once its sender was told. */
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

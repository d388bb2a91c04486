import { unlink } from 'node:fs/promises'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { AppError, type ErrorCode, errorCatalogue } from '../errors.ts'
import { callerOf } from '../http/server.ts'
import type { BatchNumbers, NumbersFor } from '../ledger/batch-numbers.ts'
import { looksMax, ourFaultCode } from '../ledger/batch-outcome.ts'
import { findBatch } from '../ledger/batches.ts'
import type { BatchRow } from '../ports/database/schema.ts'
import type { Questions } from '../ports/warehouse/questions.ts'
import type { Warehouse } from '../ports/warehouse/warehouse.ts'
import type { PrivacyProfile } from '../privacy/profile.ts'
import { batchView } from './batch-view.ts'
import type { LoadLoop } from './load/load-loop.ts'
import type { Delivery } from './receive/receive-batch.ts'
import type { PushDeps } from './receive/receive-push.ts'

export type BatchRouteDeps = PushDeps & {
  warehouse: Warehouse
  questions: Questions
  loadLoop: Pick<LoadLoop, 'wake' | 'ended'>
  numbersFor: NumbersFor
  /** A preview shows lines as this profile would keep them. */
  privacyProfile: PrivacyProfile
  /** Proves that the caller can read the data directory, and so may pass a path. */
  localToken: Buffer
  /** Aborts when the server stops, so that waiting clients get an answer. */
  stopping: AbortSignal
}

/** A header that is sent once; null without it, or when it is repeated. */
export const headerOf = (request: FastifyRequest, name: string): string | null => {
  const value = request.headers[name]
  return typeof value === 'string' ? value : null
}

/** Wakes the loader, and waits for the batch unless told not to. */
export async function answer(
  deps: BatchRouteDeps,
  id: number,
  delivery: Delivery,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  deps.loadLoop.wake()
  const numbers = await deps.numbersFor(callerOf(request))
  const ended = delivery.wait === false ? undefined : await endedWhile(deps, id, request)
  if (ended?.state === 'failed') {
    await dropRefused(ended)
    throw failureOf(ended, numbers)
  }
  const batch = ended ?? (await findBatch(deps.database, id))
  if (!batch) throw new Error(`batch ${id} is gone`)
  if (!ended) reply.code(202)
  return batchView(batch, numbers)
}

/**
 * A sender that gets an error was never acknowledged and will send again, so the spooled bytes can go. Pushes of a
 * shared segment were each acknowledged, so their bytes stay.
 */
async function dropRefused({ content_is_spooled, content_path, pushes, looks }: BatchRow): Promise<void> {
  if (content_is_spooled && pushes === null && looks < looksMax) await unlink(content_path).catch(() => undefined)
}

/** The batch once it has ended; undefined when the client hangs up or the server stops first. */
async function endedWhile(deps: BatchRouteDeps, id: number, request: FastifyRequest) {
  const gone = new AbortController()
  const onClose = () => gone.abort()
  // A kept-alive connection carries many requests, so the listener is removed after each.
  request.raw.socket.once('close', onClose)
  try {
    return await deps.loadLoop.ended(id, AbortSignal.any([deps.stopping, gone.signal]))
  } finally {
    request.raw.socket.off('close', onClose)
  }
}

const failureOf = (batch: BatchRow, numbers: BatchNumbers) => {
  const code = batch.error_code as ErrorCode
  // A batch has only one limit, its length, for which HTTP has the status 413.
  const status = code === 'CDN.0005' ? { status: 413 } : {}
  const text = numbers.inText(`Batch ${batch.id}: ${batch.error_message}`)
  return new AppError(code in errorCatalogue ? code : ourFaultCode, text, status)
}

import { createHash } from 'node:crypto'
import type { FastifyRequest } from 'fastify'
import { AppError } from '../errors.ts'
import type { BodyShare } from './body-budget.ts'
import type { Pass } from './head-gate.ts'

/**
 * The body of a route with `streamsBody`, in pieces, readable once. It ends normally only if the bytes are the signed
 * ones: reading to the end checks the signature.
 */
export type StreamedBody = {
  /** @throws AppError APIGW.0301 in place of the end when the body is not the signed one */
  pieces: AsyncIterable<Uint8Array>
  /** Counts the bytes that the reader holds in memory. */
  share: Pick<BodyShare, 'take' | 'release'>
}

/** The body of a route with `streamsBody`; no other function gives access to it. */
export function streamedBodyOf(request: FastifyRequest): StreamedBody {
  const { pass } = request
  if (!pass || request.routeOptions.config.streamsBody !== true) throw new Error('the route does not stream its body')
  return { pieces: checkedPieces(request, pass), share: pass.share }
}

async function* checkedPieces(request: FastifyRequest, pass: Pass): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  try {
    // If the reader stops early, the server drains the rest before the connection's next request.
    for await (const piece of request.raw.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      hash.update(piece)
      yield piece
    }
  } catch (cause) {
    throw new AppError('APIGW.0201', 'The body broke off', { cause }) // nothing else throws in this loop
  }
  pass.prove(hash.digest('hex'))
}

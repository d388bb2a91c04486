import rateLimit from '@fastify/rate-limit'
import { AppError } from '../errors.ts'
import type { Routes } from './server.ts'

const windowSeconds = 10

/**
 * Limits how often a key may call, after its signature was checked: nobody can use up another's share. Each answer says
 * what is left (`X-RateLimit-Limit`, `-Remaining`, `-Reset`), a refusal when to retry (`Retry-After`). What is wrong
 * with the parameters is looked at later, so that a wrong request counts as well. Counted in this process.
 */
export async function limitRates(
  server: Routes,
  limits: { requestsPerSecond: number; pushesPerSecond: number },
): Promise<void> {
  await server.register(rateLimit, {
    // A shipper of logs sends each few lines when they come.
    max: (request) =>
      windowSeconds * (request.caller?.role === 'ingest' ? limits.pushesPerSecond : limits.requestsPerSecond),
    timeWindow: windowSeconds * 1000,
    hook: 'preValidation',
    keyGenerator: (request) => request.caller?.accessKey ?? '',
    allowList: (request) => request.caller === null,
    errorResponseBuilder: (_request, { max }) =>
      new AppError(
        'APIGW.0308',
        `The throttling threshold has been reached: limit:${max},time:${windowSeconds} second`,
      ),
  })
}

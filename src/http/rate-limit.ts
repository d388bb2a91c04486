import rateLimit from '@fastify/rate-limit'
import { AppError } from '../errors.ts'
import type { Routes } from './server.ts'

const windowSeconds = 10

/**
 * Limits the rate of each key after its signature was checked, so no caller can use up another's share. Each answer
 * states the rest (`X-RateLimit-Limit`, `-Remaining`, `-Reset`), a refusal the time to retry (`Retry-After`).
 * Parameters are checked later, so malformed requests count, too. Counted in this process.
 */
export async function limitRates(
  server: Routes,
  limits: { requestsPerSecond: number; pushesPerSecond: number },
): Promise<void> {
  await server.register(rateLimit, {
    // A log shipper sends a few lines at a time, as they come, so its rate is higher.
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

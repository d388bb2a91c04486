import { AppError } from '../errors.ts'
import type { Routes } from './server.ts'

const windowMs = 10_000

/** Rates that an account's keys share, in requests a second; 0: five times the rate of one key. */
type AccountRates = {
  requestsPerSecond: number
  pushesPerSecond: number
  accountRequestsPerSecond: number
  accountPushesPerSecond: number
  /** Called when an account has met its limit. */
  onRefused: () => void
}

const keysOfDefault = 5

/** Limits the combined rate of all keys of an account, however many it has. Counted in this process. */
export function limitAccountRates(server: Routes, rates: AccountRates): void {
  const ingestMax = rates.accountPushesPerSecond || keysOfDefault * rates.pushesPerSecond
  const otherMax = rates.accountRequestsPerSecond || keysOfDefault * rates.requestsPerSecond
  let window = { endMs: 0, counts: new Map<string, number>() }
  server.addHook('preValidation', async (request) => {
    if (request.caller === null) return
    const nowMs = performance.now()
    if (nowMs >= window.endMs) window = { endMs: nowMs + windowMs, counts: new Map() }
    const isIngest = request.caller.role === 'ingest'
    const name = `${isIngest ? 'ingest' : 'other'} ${request.caller.accountId}`
    const count = (window.counts.get(name) ?? 0) + 1
    window.counts.set(name, count)
    const max = ((isIngest ? ingestMax : otherMax) * windowMs) / 1000
    if (count <= max) return
    rates.onRefused()
    const problem = `The throttling threshold of the account has been reached: limit:${max},time:10 second`
    throw new AppError('APIGW.0308', problem, { retryAfterSeconds: Math.ceil((window.endMs - nowMs) / 1000) })
  })
}

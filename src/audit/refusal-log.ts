import type { FastifyRequest } from 'fastify'
import { codeOf } from '../errors.ts'
import { sealedSessionIn } from '../http/own-page.ts'
import type { Routes } from '../http/server.ts'
import type { Logger } from '../logger.ts'
import type { Database } from '../ports/database/database.ts'
import { recordAlone } from './audit-log.ts'

/**
 * Refused signatures, tokens and roles, counted by address, key and minute: endless attempts of a stranger fill neither
 * memory nor disk. A minute has at most 20 rows and one for all other pairs; a day has 2,000, then one each minute.
 */
const countedEveryMs = 60_000
const pairsPerMinuteMax = 20
const rowsPerDayMax = 2_000
const dayMs = 86_400_000

/** The form of Fluxport's own keys. Other text is not repeated: it may be a secret in the wrong place. */
const keyPattern = /^FLX[0-9A-F]{17}$/

/** Collects refusals for the audit log; `http/refusals.ts` limits them. */
export type RefusalLog = {
  count(refused: { address: string; key: string | null; reason: string }): void
  /** Writes the counted refusals down. */
  flush(): Promise<void>
  stop(): Promise<void>
}

type Counted = { address: string; key: string | null; reason: string; count: number }

export function openRefusalLog(deps: { database: Database; nowMs: () => number; log: Logger }): RefusalLog {
  let pairs = new Map<string, Counted>()
  let others = 0
  const day = { startMs: 0, rows: 0 }
  const flush = async () => {
    const [counted, rest] = [[...pairs.values()], others]
    pairs = new Map()
    others = 0
    if (deps.nowMs() - day.startMs >= dayMs) Object.assign(day, { startMs: deps.nowMs(), rows: 0 })
    const told = counted.slice(0, Math.max(0, rowsPerDayMax - day.rows))
    day.rows += told.length
    const untold = rest + counted.slice(told.length).reduce((sum, one) => sum + one.count, 0)
    for (const one of told) await record(deps.database, one)
    if (untold > 0) await record(deps.database, { address: 'others', key: null, reason: 'others', count: untold })
  }
  let last: Promise<void> = Promise.resolve()
  const timer = setInterval(() => {
    last = flush().catch((error) => deps.log.warn({ err: error }, 'audit.refusals_failed'))
  }, countedEveryMs)
  timer.unref()
  return {
    count: ({ address, key, reason }) => {
      const name = `${address} ${key} ${reason}`
      const known = pairs.get(name)
      if (known) known.count += 1
      else if (pairs.size < pairsPerMinuteMax) pairs.set(name, { address, key, reason, count: 1 })
      else others += 1
    },
    flush,
    stop: async () => {
      clearInterval(timer)
      await last
      await flush().catch((error) => deps.log.warn({ err: error }, 'audit.refusals_failed'))
    },
  }
}

async function record(database: Database, { address, key, reason, count }: Counted): Promise<void> {
  const who = { actor: key, accountId: null, address: address === 'others' ? null : address }
  const object = address === 'others' ? 'further addresses and keys' : (key ?? 'no key')
  await recordAlone(database, {
    ...who,
    action: 'request.refused',
    object,
    outcome: 'refused',
    after: { reason, count },
  })
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the error that the request is answered with; '' without one. */
    errorCode: string
  }
}

/** Counts refused requests: 401, and 403 for the role or for another site's request. */
export function observeRefusals(server: Routes, refusals: RefusalLog): void {
  server.decorateRequest('errorCode', '')
  server.addHook('onError', async (request, _reply, error) => {
    request.errorCode = codeOf(error)
  })
  server.addHook('onResponse', async (request, reply) => {
    const isRefused = reply.statusCode === 401 || (reply.statusCode === 403 && isForRole(request))
    if (!isRefused || isOwnPageAsking(request)) return
    const key = keyOf(request.headers.authorization)
    refusals.count({ address: request.ip, key, reason: reasonOf(request, reply.statusCode) })
  })
}

const reasonOf = ({ errorCode }: FastifyRequest, status: number): string => {
  if (status === 401) return 'signature or token'
  return errorCode === 'FLUXPORT.0601' ? 'another site' : 'role'
}

/**
 * True if the console asks whether somebody is signed in, and nobody is, or not any more: it claims nothing, so nothing
 * was tried. Each opened page does so, and a page left open for the night does it often.
 */
function isOwnPageAsking({ method, headers, errorCode }: FastifyRequest): boolean {
  const { authorization, 'x-auth-token': token, 'x-fluxport-console': page } = headers
  if (method !== 'GET' || page !== '1' || authorization !== undefined || token !== undefined) return false
  return sealedSessionIn(headers) === undefined || errorCode === 'APIGW.0307'
}

/** True if the caller's role is not one of the route's. */
function isForRole({ routeOptions, caller }: FastifyRequest): boolean {
  const { access } = routeOptions.config
  return access !== undefined && !(caller && access.roles.includes(caller.role))
}

function keyOf(authorization: string | undefined): string | null {
  const [, signed] = / Access=([^,]{1,128}),/.exec(authorization ?? '') ?? []
  const [, bearer] = /^bearer ([^.]{1,128})\./i.exec(authorization ?? '') ?? []
  const name = signed ?? bearer ?? ''
  return keyPattern.test(name) ? name : null
}

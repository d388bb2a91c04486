import type { FastifyRequest } from 'fastify'
import type { Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import { type Actor, recordAlone } from './audit-log.ts'

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * `own`: the route records its own action, in the same transaction; this hook records only refusals to operators.
     * `none`: the route changes nothing, or the ledger records the change. `all`: every caller is recorded. Omitted: on
     * a route for operators alone, every request but GET and HEAD is recorded as asked.
     */
    audit?: 'own' | 'none' | 'all'
    /** Reads the state before the change, for the record. */
    auditBefore?: (request: FastifyRequest) => Promise<object | null>
  }
  interface FastifyRequest {
    auditBefore: object | null
    /** True once the parameters fit the route's schema: the action was tried. */
    isTried: boolean
  }
}

/** The caller, for a record. */
export const actorOf = (request: FastifyRequest): Actor => ({
  actor: request.caller?.accessKey ?? null,
  accountId: request.caller?.accountId ?? null,
  address: request.ip,
  ...(request.caller?.session ? { via: 'console' as const } : {}),
})

/**
 * Records the operators' actions on routes that do not record their own, and actions that any changing route refuses
 * them. A new route is recorded without any setting. Requests that do not fit the schema, or come too often (429), are
 * left out, because nothing was tried.
 */
export function auditOperators(server: Routes, { database }: { database: Database }): void {
  server.decorateRequest('auditBefore', null)
  server.decorateRequest('isTried', false)
  server.addHook('preHandler', async (request) => {
    request.isTried = true
    const { auditBefore } = request.routeOptions.config
    if (auditBefore) request.auditBefore = await auditBefore(request)
  })
  server.addHook('onSend', async (request, reply, payload) => {
    const status = reply.statusCode
    if (!request.isTried || !isAudited(request, status) || status === 429) return payload
    await recordAlone(database, {
      ...actorOf(request),
      action: String(
        (request.routeOptions.schema as { operationId?: string })?.operationId ?? request.routeOptions.url,
      ),
      object: objectOf(request),
      outcome: status < 400 ? 'done' : status < 500 ? 'refused' : 'failed',
      before: request.auditBefore,
      after: askedOf(request, status),
    })
    return payload
  })
}

function isAudited(request: FastifyRequest, status: number): boolean {
  const { access, audit } = request.routeOptions.config
  if (!request.caller || audit === 'none' || !access) return false
  const isLook = request.method === 'GET' || request.method === 'HEAD'
  if (audit === 'all') return !isLook
  if (audit === 'own') return !isLook && status >= 400 && request.caller.role === 'operator'
  return !isLook && access.roles.every((role) => role === 'operator')
}

const objectOf = (request: FastifyRequest): string =>
  Object.values((request.params ?? {}) as Record<string, unknown>).join(' ') || String(request.routeOptions.url)

const secretName = /secret|password|token|master/i

/** The members of the query and the body; the value of a member named like a secret is hidden. */
function askedOf(request: FastifyRequest, status: number): object {
  const isPlain = typeof request.body === 'object' && request.body !== null && !('pipe' in request.body)
  const members = { ...(request.query as object), ...(isPlain ? (request.body as object) : {}) }
  const told = Object.fromEntries(
    Object.entries(members).map(([name, value]) => [name, secretName.test(name) ? '…' : value]),
  )
  return status < 400 ? told : { ...told, status }
}

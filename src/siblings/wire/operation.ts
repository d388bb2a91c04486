import type { FastifyReply } from 'fastify'
import { type TObject, type TSchema, Type } from 'typebox'
import { AppError } from '../../errors.ts'
import { exactJson } from '../../exact-json.ts'
import { whileConnected } from '../../http/client-gone.ts'
import { errorAnswers, Text } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import type { LimitCounts } from '../../turns/limit-counts.ts'
import { createPace } from '../../turns/pace.ts'
import type { Query } from './parameters.ts'

/** A look-up of the contract: one GET, under two prefixes. */
export type Operation = {
  /** After `/v1.0/cdn/`; `:name` in it is a parameter. */
  path: string
  operationId: string
  /** The contract's rate of an account. */
  perSecond: number
  summary: string
  /** The meaning of each parameter. */
  parameters: Record<string, string>
  answers: TSchema
}

/** A request for an operation. Parameters of the path are among the query's. */
export type Asking = { accountId: string; accessKey: string; query: Query; gone: AbortSignal }

/** Documentation and SDKs mix the two for one operation. The document has the first. */
export const prefixes = ['/v1.0', '/v1'] as const
/** The roles that may ask. */
export const askers = ['operator', 'account'] as const
export const tags = ['Statistics (contract)']

/** Mounts an operation under both prefixes. */
export function mountOperation<Answer extends object>(
  server: Routes,
  { limitCounts }: { limitCounts: LimitCounts },
  operation: Operation,
  answer: (asking: Asking) => Promise<Answer>,
  send: (reply: FastifyReply, answer: Answer) => FastifyReply = sendExact,
): void {
  const { path, perSecond, operationId, summary } = operation
  const { querystring, params } = schemasOf(operation)
  const pace = createPace(perSecond, () => limitCounts.reached('operations'))
  const config = { access: { roles: askers } }
  for (const prefix of prefixes) {
    const schema = {
      ...{ operationId, tags, summary, querystring },
      ...(params === null ? {} : { params }),
      hide: prefix !== prefixes[0],
      response: { 200: operation.answers, ...errorAnswers },
    }
    server.get(`${prefix}/cdn/${path}`, { config, schema }, async (request, reply) => {
      const { accountId, accessKey } = callerOf(request)
      const query = { ...(request.query as Query), ...(request.params as Query) }
      const answered = await whileConnected(request, async (gone) => {
        await pace.turn(accountId, gone)
        return await answer({ accountId, accessKey, query, gone })
      }).catch(asContract)
      return send(reply, answered)
    })
  }
}

function schemasOf({ path, parameters }: Operation): { querystring: TObject; params: TObject | null } {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = '']) => name)
  const text = (name: string): TSchema => Text(parameters[name] ?? '', 100_000)
  const asked = Object.keys(parameters).filter((name) => !inPath.includes(name))
  return {
    querystring: Type.Object(Object.fromEntries(asked.map((name) => [name, Type.Optional(text(name))]))),
    params: inPath.length === 0 ? null : Type.Object(Object.fromEntries(inPath.map((name) => [name, text(name)]))),
  }
}

/** Whole numbers from 2^53 on keep every digit. */
const sendExact = (reply: FastifyReply, answer: object) =>
  reply.header('Content-Type', 'application/json; charset=utf-8').send(exactJson(answer))

/** Codes and statuses of this family, where they are not those of Fluxport. */
export function asContract(error: unknown): never {
  if (error instanceof AppError && error.code === 'CDN.0105')
    throw new AppError('CDN.0105', error.message, { status: 400 })
  if (error instanceof AppError && error.code === 'FLUXPORT.0301') throw new AppError('CDN.0202', error.message)
  throw error
}

import type { FastifyReply } from 'fastify'
import { type TObject, Type } from 'typebox'
import { AppError } from '../errors.ts'
import { exactJson } from '../exact-json.ts'
import { whileConnected } from '../http/client-gone.ts'
import { errorAnswers, Text } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { assertKept, type Need } from '../ledger/assert-kept.ts'
import type { Asked } from '../ports/warehouse/questions.ts'
import type { LimitCounts } from '../turns/limit-counts.ts'
import { createPace } from '../turns/pace.ts'
import type { BillingRule } from '../usage/bills/billing-rule.ts'
import { type PinnedData, readPinned } from '../usage/pinned.ts'
import type { UsageRouteDeps } from '../usage/usage-routes.ts'
import type { Query } from './parameters.ts'

/** The contract's synchronous statistics operations: each is one GET, under two prefixes. */

export type SiblingDeps = UsageRouteDeps & { billingRule: BillingRule; limitCounts: LimitCounts }

/** A query of one of them. */
export type SiblingRequest = {
  deps: SiblingDeps
  engine: Asked
  query: Query
  nowMs: number
  /** Reads the domains' data in the present version, as the asking account sees them. */
  read<T>(domains: string[] | null, needs: Need[], work: (data: PinnedData) => Promise<T>): Promise<T>
}

export type Sibling = {
  /** After `/v1.0/cdn/statistics/`. */
  path: string
  operationId: string
  /** The contract's rate of an account. */
  perSecond: number
  summary: string
  /** The meaning of each parameter. */
  parameters: Record<string, string>
  answers: TObject
  answer(request: SiblingRequest): Promise<object>
}

/** Documentation and SDKs mix the two for one operation. The document has the first. */
const prefixes = ['/v1.0', '/v1']

/** Mounts an operation under both prefixes. */
export function mountSibling(server: Routes, deps: SiblingDeps, sibling: Sibling): void {
  const parameters = Object.entries(sibling.parameters)
  const querystring = Type.Object(
    Object.fromEntries(parameters.map(([name, meaning]) => [name, Type.Optional(Text(meaning, 100_000))])),
  )
  const pace = createPace(sibling.perSecond, () => deps.limitCounts.reached('operations'))
  const config = { access: { roles: ['operator', 'account'] as const } }
  for (const prefix of prefixes) {
    const schema = {
      operationId: sibling.operationId,
      tags: ['Statistics (contract)'],
      summary: sibling.summary,
      hide: prefix !== prefixes[0],
      querystring,
      response: { 200: sibling.answers, ...errorAnswers },
    }
    server.get(`${prefix}/cdn/statistics/${sibling.path}`, { config, schema }, async (request, reply) => {
      const { accountId } = callerOf(request)
      const answer = await whileConnected(request, async (gone) => {
        await pace.turn(accountId, gone)
        return await deps.questions.ask(accountId, gone, (engine) =>
          sibling.answer(requestOf({ deps, engine, accountId, query: request.query as Query })),
        )
      }).catch(asContract)
      return sendExact(reply, answer)
    })
  }
}

/** Whole numbers from 2^53 on keep every digit. */
const sendExact = (reply: FastifyReply, answer: object) =>
  reply.header('Content-Type', 'application/json; charset=utf-8').send(exactJson(answer))

type Asking = Pick<SiblingRequest, 'deps' | 'engine' | 'query'> & { accountId: string }

const requestOf = ({ deps, engine, query, accountId }: Asking): SiblingRequest => ({
  deps,
  engine,
  query,
  nowMs: deps.nowMs(),
  read: async (domains, needs, work) => {
    await assertKept(deps.database, needs)
    const startTimeMs = Math.min(...needs.map((need) => need.startTimeMs))
    const question = { whose: accountId, domains, dataVersion: null, startTimeMs }
    return await readPinned(deps.database, engine, question, work)
  },
})

/** Codes and statuses of this family, where they are not those of Fluxport. */
function asContract(error: unknown): never {
  if (error instanceof AppError && error.code === 'CDN.0105')
    throw new AppError('CDN.0105', error.message, { status: 400 })
  if (error instanceof AppError && error.code === 'FLUXPORT.0301') throw new AppError('CDN.0202', error.message)
  throw error
}

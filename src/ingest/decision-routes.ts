import { AppError } from '../errors.ts'
import type { Caller } from '../http/caller.ts'
import { errorAnswers } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { findBatch } from '../ledger/batches.ts'
import { forgetBatch } from '../ledger/loads.ts'
import { acceptBatch, dropRefused } from '../ledger/quarantine.ts'
import type { BatchRow } from '../ports/database/schema.ts'
import type { BatchRouteDeps } from './answer-delivery.ts'
import { Batch, BatchParams, batchesUrl, batchView, noSuchBatch } from './batch-view.ts'
import { forgetRangeRoute } from './forget-range-routes.ts'
import { domainsOfBatch } from './identify/told-domains.ts'
import { removeKept } from './load/quarantine-batch.ts'

const tags = ['Log batches']

/** Routes by which somebody decides what becomes of a batch that has ended. */
export function decisionRoutes(server: Routes, deps: BatchRouteDeps): void {
  forgetRoute(server, deps)
  acceptRoute(server, deps)
  forgetRangeRoute(server, deps)
}

function forgetRoute(server: Routes, deps: BatchRouteDeps) {
  const config = { access: { roles: ['operator'] as const } }
  const schema = {
    operationId: 'forgetLogBatch',
    tags,
    summary: 'Stops counting a batch, at once and exactly; drops a quarantined or failed one',
    params: BatchParams,
    response: { 200: Batch, ...errorAnswers },
  }
  server.delete(`${batchesUrl}/:batchId`, { config, schema }, async (request) => {
    const { batch, numbers } = await batchOf(deps, callerOf(request), request.params.batchId)
    if (await dropRefused(deps.database, batch.id)) {
      if (batch.content_is_spooled) await removeKept([batch.content_path])
      return batchView({ ...batch, state: 'forgotten' }, numbers)
    }
    const domains = await domainsOfBatch({ ...deps, queries: deps.database.queries }, batch.id)
    if (!(await forgetBatch(deps.database, batch.id, domains))) {
      throw new AppError('CDN.0003', `Batch ${batch.id} does not count: it is ${batch.state}`)
    }
    deps.loadLoop.wake()
    return batchView({ ...batch, state: 'forgotten' }, numbers)
  })
}

function acceptRoute(server: Routes, deps: BatchRouteDeps) {
  const config = { access: { roles: ['operator', 'account'] as const }, audit: 'all' as const }
  const schema = {
    operationId: 'acceptLogBatch',
    tags,
    summary: 'Loads a quarantined batch all the same: its requests count, its rejected lines do not',
    params: BatchParams,
    response: { 202: Batch, ...errorAnswers },
  }
  server.post(`${batchesUrl}/:batchId/accept`, { config, schema }, async (request, reply) => {
    const { batch, numbers } = await batchOf(deps, callerOf(request), request.params.batchId)
    if (!(await acceptBatch(deps.database, batch.id))) {
      const now = (await findBatch(deps.database, batch.id))?.state ?? batch.state
      const shown = now === 'collecting' ? 'queued' : now
      throw new AppError('FLUXPORT.0204', `Batch ${numbers.shown(batch.id)} is not quarantined: it is ${shown}`)
    }
    deps.loadLoop.wake()
    return reply.code(202).send(batchView({ ...batch, state: 'queued', error_code: null }, numbers))
  })
}

/** A batch by the caller's number. Accounts see their own deliveries; any other batch does not exist for them. */
async function batchOf(deps: BatchRouteDeps, caller: Caller, number: number) {
  const numbers = await deps.numbersFor(caller)
  const id = numbers.asked(number)
  const batch: BatchRow | undefined = id === null ? undefined : await findBatch(deps.database, id)
  if (!batch || (caller.role !== 'operator' && batch.account_id !== caller.accountId)) throw noSuchBatch()
  return { batch, numbers }
}

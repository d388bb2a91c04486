import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import { withAccountNames } from '../accounts/account-names.ts'
import type { Caller } from '../http/caller.ts'
import { whileConnected } from '../http/client-gone.ts'
import { errorAnswers, Nullable } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { streamedBodyOf } from '../http/streamed-body.ts'
import { findBatch, listBatches } from '../ledger/batches.ts'
import { keptOfBatches } from '../ledger/kept-figures.ts'
import { loadQueryId } from '../ledger/load-query.ts'
import type { Database } from '../ports/database/database.ts'
import type { BatchRow } from '../ports/database/schema.ts'
import { answer, type BatchRouteDeps, headerOf } from './answer-delivery.ts'
import {
  Batch,
  BatchParams,
  batchView,
  noSuchBatch,
  Pushed,
  pushedView,
  Rejected,
  readRejected,
  batchesUrl as url,
} from './batch-view.ts'
import { decisionRoutes } from './decision-routes.ts'
import { localFileRoutes } from './local-file-routes.ts'
import { previewRoutes } from './preview-routes.ts'
import { cutWhenStalled } from './receive/body-progress.ts'
import { isReader, pushesOfBatch } from './receive/push-store.ts'
import { DeliveryParameters, parametersOf } from './receive/receive-batch.ts'
import { createFileReceiver, createPushReceiver } from './receive/receive-push.ts'

const tags = ['Log batches']
const push = { access: { roles: ['operator', 'ingest'] as const, token: true } }
const operator = { access: { roles: ['operator'] as const } }

export function batchRoutes(server: Routes, deps: BatchRouteDeps): void {
  pushRoute(server, deps)
  localFileRoutes(server, deps)
  previewRoutes(server, deps)
  readRoutes(server, deps)
  decisionRoutes(server, deps)
}

function pushRoute(server: Routes, deps: BatchRouteDeps) {
  const schema = {
    operationId: 'pushLogBatch',
    tags,
    summary:
      'Loads a body of log lines, plain, compressed or in an archive; loads small bodies without a name together',
    description:
      '503 FLUXPORT.0003 or FLUXPORT.0105: nothing was taken. 503 FLUXPORT.0002: disk or database failed, or the server stops; whether the body counts is not known, and sending it again is safe under its Idempotency-Key alone.',
    headers: Type.Object({
      'idempotency-key': Type.Optional(
        Type.String({
          description:
            'The server drops the same body under a known key, and answers with the batch of the earlier push. It refuses another body with FLUXPORT.0203. A key belongs to the account’s source, whichever access key pushes. It is free again when the batch fails or is forgotten',
        }),
      ),
    }),
    querystring: Type.Object(DeliveryParameters),
    response: { 200: Batch, 202: Batch, ...errorAnswers },
  }
  const receivePush = createPushReceiver(deps)
  const receiveFile = createFileReceiver(deps)
  const config = { ...push, streamsBody: true }
  server.post(url, { config, schema, bodyLimit: deps.batchBytesMax }, async (request, reply) => {
    const caller = callerOf(request)
    parametersOf(request.query, caller, deps)
    const pushed = {
      body: streamedBodyOf(request),
      idempotencyKey: headerOf(request, 'idempotency-key') || null,
    }
    const isPush = request.query.name === undefined
    const receive = isPush ? receivePush : receiveFile
    const id = await cutWhenStalled(request, reply, () => receive(caller, request.query, pushed))
    const wait = request.query.wait ?? !isPush
    return await answer(deps, id, { ...request.query, wait }, request, reply)
  })
}

const pushedMax = 1_000

const show = {
  operationId: 'showLogBatch',
  tags,
  summary: 'One batch, with its rejected lines',
  params: BatchParams,
  querystring: Type.Object({
    wait_ms: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 30_000,
        description: 'The server answers when the batch has ended, or after this time',
      }),
    ),
  }),
  response: {
    200: Type.Object({
      ...Batch.properties,
      rejected: Nullable(Rejected),
      pushed: Type.Array(Pushed, { description: 'The first 1,000 pushes of the batch that came under a key' }),
    }),
    ...errorAnswers,
  },
}

function readRoutes(server: Routes, deps: BatchRouteDeps) {
  const list = {
    operationId: 'listLogBatches',
    tags,
    summary: 'Batches, newest first',
    querystring: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: 'Default 20' })),
      offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000 })),
      state: Type.Optional(
        Type.Enum(['queued', 'loading', 'loaded', 'duplicate', 'failed', 'quarantined', 'forgotten']),
      ),
    }),
    response: { 200: Type.Object({ total: Type.Integer(), batches: Type.Array(Batch) }), ...errorAnswers },
  }
  server.get(url, { config: operator, schema: list }, async (request) => {
    const { limit = 20, offset = 0, state } = request.query
    const { total, batches } = await listBatches(deps.database, { states: state ? [state] : [], limit, offset })
    const numbers = await deps.numbersFor(callerOf(request))
    const kept = await keptOfBatches(
      deps.database.queries,
      batches.map((batch) => batch.id),
    )
    const shown = batches.map((batch) => ({ ...batchView(batch, numbers), kept_log: kept.get(batch.id) ?? null }))
    return { total, batches: await withAccountNames(deps.database, shown) }
  })
  server.get(`${url}/:batchId`, { config: { access: { ...push.access } }, schema: show }, async (request) => {
    const numbers = await deps.numbersFor(callerOf(request))
    const { batch: found, isOwn } = await visibleBatch(deps, numbers.asked(request.params.batchId), request)
    const batch = (await endedWithin(deps, found.id, request.query.wait_ms ?? 0)) ?? found
    const loadId = await loadOf(deps.database, batch.id)
    const running =
      loadId !== null && batch.state === 'loading' ? await deps.warehouse.progress(loadQueryId(loadId)) : null
    const progress = running && { read_lines: running.readRows, read_bytes: running.readBytes }
    // Pushes of another key may be part of the batch; their lines stay hidden from this key.
    const rejected =
      isOwn && loadId !== null && batch.rejected_lines
        ? await rejectedOf(deps, callerOf(request), request, loadId)
        : null
    const pushed = isOwn && batch.pushes ? await pushesOfBatch(deps.database, batch.id, pushedMax) : []
    const kept_log = isOwn ? ((await keptOfBatches(deps.database.queries, [batch.id])).get(batch.id) ?? null) : null
    return { ...batchView(batch, numbers, progress), kept_log, rejected, pushed: pushed.map(pushedView) }
  })
}

const rejectedOf = (deps: BatchRouteDeps, { accountId }: Caller, request: FastifyRequest, loadId: number) =>
  whileConnected(request, (gone) => deps.questions.ask(accountId, gone, (engine) => readRejected(engine, loadId)))

/** Node 20's garbage collector may take an AbortSignal.timeout that is joined to another signal before its time. */
async function endedWithin(deps: BatchRouteDeps, batchId: number, waitMs: number): Promise<BatchRow | undefined> {
  const patience = new AbortController()
  const timer = setTimeout(() => patience.abort(), waitMs)
  try {
    return await deps.loadLoop.ended(batchId, AbortSignal.any([deps.stopping, patience.signal]))
  } finally {
    clearTimeout(timer)
  }
}

/**
 * The batch, if the caller may see it. An ingest key sees its own batches, and others that its pushes were answered
 * with. Any other batch does not exist for the caller.
 */
async function visibleBatch(deps: BatchRouteDeps, id: number | null, request: FastifyRequest) {
  const caller = callerOf(request)
  const batch = id === null ? undefined : await findBatch(deps.database, id)
  if (!batch) throw noSuchBatch()
  const isOwn = caller.role !== 'ingest' || batch.loaded_by === caller.accessKey
  if (!isOwn && !(await isReader(deps.database.queries, batch.id, caller.accessKey))) throw noSuchBatch()
  return { batch, isOwn }
}

/**
 * The load that counts; before one does, the newest. A newer load beside a counting one is a copy, perhaps incomplete.
 */
async function loadOf(database: Database, batchId: number): Promise<number | null> {
  const rows = await database.queries
    .selectFrom('load')
    .select(['load_id', 'state'])
    .where('batch_id', '=', batchId)
    .orderBy('load_id', 'desc')
    .execute()
  return (rows.find((load) => load.state === 'visible') ?? rows[0])?.load_id ?? null
}

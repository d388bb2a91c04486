import { type Static, Type } from 'typebox'
import { AppError, parameterError } from '../../errors.ts'
import type { Geo } from '../../geo/geo.ts'
import { errorAnswers, Text, UnixMsText } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import { firstLoadableMs, readFloors } from '../../ledger/floors.ts'
import type { Database } from '../../ports/database/database.ts'
import type { RelocationLoop } from './relocation-loop.ts'
import {
  createRelocation,
  findRelocation,
  listRelocations,
  planRelocation,
  type RelocationScope,
} from './relocation-store.ts'
import { planView, Relocation, RelocationPlan, relocationView } from './relocation-view.ts'

export type RelocationRouteDeps = {
  database: Database
  geo: Pick<Geo, 'version'>
  relocations: Pick<RelocationLoop, 'wake' | 'cancel'>
  /** This data directory, whose process runs the requested relocations. */
  owner: string
}

const url = '/api/v1/relocations'
const tags = ['Where clients are']
const operator = { config: { access: { roles: ['operator'] as const } } }
const batchIdsMax = 1_000

const Scope = Type.Object({
  start_time: UnixMsText('Batches with requests at or after this time. Default: from the first'),
  end_time: UnixMsText('Batches with requests before this time. Default: to the last'),
  source: Type.Optional(Text('Batches of this source', 200)),
  batch_ids: Type.Optional(
    Type.Array(Type.Integer({ minimum: 1 }), {
      minItems: 1,
      maxItems: batchIdsMax,
      description: 'These batch ids alone',
    }),
  ),
  older_than_version: Type.Optional(
    Type.Integer({
      minimum: 1,
      description:
        'Batches located with an older version than this, or with none. Default: with another version than the current one',
    }),
  ),
})
const Params = Type.Object({ relocationId: Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER }) })

/** Routes for relocations: new look-ups of batches in the current geographic data. */
export function relocationRoutes(server: Routes, deps: RelocationRouteDeps): void {
  createRoutes(server, deps)
  readRoutes(server, deps)
  cancelRoute(server, deps)
}

function createRoutes(server: Routes, deps: RelocationRouteDeps) {
  const preview = {
    operationId: 'previewRelocation',
    tags,
    summary: 'Says which batches a relocation would locate again; changes nothing',
    body: Scope,
    response: { 200: RelocationPlan, ...errorAnswers },
  }
  server.post(
    `${url}/preview`,
    { config: { ...operator.config, audit: 'none' as const }, schema: preview },
    async (request) => (await planOf(deps, request.body)).plan,
  )
  const create = {
    operationId: 'createRelocation',
    tags,
    summary: 'Locates the clients of loaded batches again with the current geographic data, in the background',
    description:
      'The server writes a batch again if the place of a client changed. In one step the copy counts instead. Sums by domain ' +
      'and bucket stay, and so do places that the log names. The relocation goes on after a restart.',
    body: Scope,
    response: { 200: Relocation, ...errorAnswers },
  }
  server.post(url, { ...operator, schema: create }, async (request) => {
    const { scope, plan } = await planOf(deps, request.body)
    const { batches, requests } = plan
    const createdBy = callerOf(request).accessKey
    const row = await createRelocation(deps.database, { owner: deps.owner, createdBy, scope, batches, requests })
    deps.relocations.wake()
    return relocationView(row)
  })
}

async function planOf(deps: RelocationRouteDeps, body: Static<typeof Scope>) {
  const scope = scopeAsked(body)
  const { queries } = deps.database
  await assertLoaded(deps, scope.batchIds ?? [])
  const version = await deps.geo.version()
  if (version === null) throw new AppError('CDN.0003', 'Nothing is looked up: the server runs with --geo off')
  const planned = await planRelocation(queries, scope, version, firstLoadableMs(await readFloors(queries)))
  return { scope, plan: planView(version, planned) }
}

function scopeAsked(body: Static<typeof Scope>): RelocationScope {
  const { start_time: startTimeMs = null, end_time: endTimeMs = null } = body
  if (startTimeMs !== null && endTimeMs !== null && startTimeMs >= endTimeMs)
    throw parameterError('start_time', 'it must be before end_time')
  return {
    startTimeMs,
    endTimeMs,
    source: body.source ?? null,
    batchIds: body.batch_ids ?? null,
    olderThanVersion: body.older_than_version ?? null,
  }
}

async function assertLoaded({ database }: RelocationRouteDeps, batchIds: readonly number[]): Promise<void> {
  if (batchIds.length === 0) return
  const rows = await database.queries
    .selectFrom('batch')
    .select('id')
    .where('id', 'in', [...batchIds])
    .where('state', '=', 'loaded')
    .execute()
  const other = batchIds.find((id) => !rows.some((batch) => batch.id === id))
  if (other !== undefined) throw parameterError('batch_ids', `batch ${other} does not count`)
}

function readRoutes(server: Routes, deps: RelocationRouteDeps) {
  const list = {
    operationId: 'listRelocations',
    tags,
    summary: 'Lists relocations, the newest first',
    querystring: Type.Object({
      limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1_000, description: 'Default 20' })),
    }),
    response: { 200: Type.Object({ relocations: Type.Array(Relocation) }), ...errorAnswers },
  }
  server.get(url, { ...operator, schema: list }, async (request) => {
    const rows = await listRelocations(deps.database.queries, request.query.limit ?? 20)
    return { relocations: rows.map(relocationView) }
  })
  const show = {
    operationId: 'showRelocation',
    tags,
    summary: 'Shows one relocation: progress, and what became of its batches',
    params: Params,
    response: { 200: Relocation, ...errorAnswers },
  }
  server.get(`${url}/:relocationId`, { ...operator, schema: show }, async (request) =>
    relocationView(await existing(deps, request.params.relocationId)),
  )
}

function cancelRoute(server: Routes, deps: RelocationRouteDeps) {
  const schema = {
    operationId: 'cancelRelocation',
    tags,
    summary: 'Ends a relocation; batches that it has located stay so',
    params: Params,
    response: { 200: Relocation, ...errorAnswers },
  }
  server.post(`${url}/:relocationId/cancel`, { ...operator, schema }, async (request) => {
    const { relocationId } = request.params
    const { state } = await existing(deps, relocationId)
    if (!(await deps.relocations.cancel(relocationId)))
      throw new AppError('FLUXPORT.0204', `Relocation ${relocationId} has ended already: it is ${state}`)
    return relocationView(await existing(deps, relocationId))
  })
}

async function existing({ database }: RelocationRouteDeps, id: number) {
  const row = await findRelocation(database.queries, id)
  if (!row) throw new AppError('CDN.0003', 'There is no such relocation')
  return row
}

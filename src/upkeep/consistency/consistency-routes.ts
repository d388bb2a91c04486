import { Type } from 'typebox'
import { errorAnswers, Nullable, WholeOrNull } from '../../http/schemas.ts'
import type { Routes } from '../../http/server.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import { checkConsistency } from './check-consistency.ts'
import { reportView } from './report-view.ts'

export type ConsistencyRouteDeps = {
  database: Database
  warehouse: Warehouse
  /** This data directory. */
  owner: string
  /** Aborts when the server stops. */
  stopping: AbortSignal
}

const Figures = Type.Object({
  requests: Nullable(Type.Integer({ description: 'Requests, or rejected lines' })),
  flux: WholeOrNull('Bytes'),
  value: Nullable(Type.Integer({ description: 'Value of a counter' })),
})

const Finding = Type.Object({
  kind: Type.String({
    description: 'unknown_rows, lost_requests, wrong_rollup, wrong_rejected or counter_behind: see the documentation',
  }),
  place: Type.String({ description: 'The table, or the counter' }),
  load_id: Nullable(Type.Integer()),
  batch_id: Nullable(Type.Integer()),
  batch_name: Nullable(Type.String()),
  expected: Figures,
  found: Figures,
  text: Type.String({ description: 'The finding in a sentence' }),
  repairable: Type.Boolean(),
  repaired: Type.Boolean(),
  action: Nullable(Type.String({ description: 'What the repair did' })),
})

const Report = Type.Object({
  consistent: Type.Boolean({ description: 'true: nothing is wrong, or all of it was repaired' }),
  data_version: Type.Integer({ description: 'Data version that was checked' }),
  loads: Type.Integer({ description: 'Loads that counted' }),
  requests: Type.Integer({ description: 'Requests of these loads' }),
  loads_to_remove: Type.Integer({ description: 'Loads that do not count; their rows are about to be removed' }),
  findings: Type.Array(Finding),
})

/** Route for the check of `fluxport doctor --deep`. */
export function consistencyRoutes(server: Routes, deps: ConsistencyRouteDeps): void {
  const schema = {
    operationId: 'checkConsistency',
    tags: ['Status'],
    summary: 'Compares the ledger with every stored row, and rollups with requests; repairs when asked to',
    description:
      'Reads every request once, while loads and exports go on, so it may take long. One check runs at a time.',
    body: Type.Object({
      repair: Type.Optional(Type.Boolean({ description: 'true: repairs what can be repaired. Default false' })),
    }),
    response: { 200: Report, ...errorAnswers },
  }
  let last: Promise<unknown> = Promise.resolve()
  server.post(
    '/api/v1/consistency-checks',
    { config: { access: { roles: ['operator'] } }, schema },
    async (request) => {
      const options = { repair: request.body.repair === true, signal: deps.stopping }
      const report = last.then(() => checkConsistency(deps, options))
      last = report.catch(() => undefined)
      return reportView(await report)
    },
  )
}

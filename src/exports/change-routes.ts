import { type Static, Type } from 'typebox'
import { allAccounts, type Whose } from '../accounts/whose.ts'
import { AppError } from '../errors.ts'
import type { WholeNumber } from '../exact-json.ts'
import { whileConnected } from '../http/client-gone.ts'
import { errorAnswers, Text, UnixMs, Whole } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { assertKept } from '../ledger/assert-kept.ts'
import { type ChangedLoads, changedLoads } from '../ledger/changed-loads.ts'
import { pinDataVersion } from '../ledger/data-version.ts'
import { domainsThenAndNow, type ThenAndNow } from '../ledger/then-and-now.ts'
import { seenSql, seenThenParameters, seenThenSql } from '../ledger/visible.ts'
import type { ExportTaskRow } from '../ports/database/schema.ts'
import type { Asked } from '../ports/warehouse/questions.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import { type Parameters, spillSettings } from '../ports/warehouse/warehouse.ts'
import { commonParameters } from '../usage/rows/data.ts'
import { askedUsageSql } from '../usage/rows/rows.ts'
import { changedDomains, DomainChanges } from './changed-domains.ts'
import { changedMonths, MonthChanges } from './changed-months.ts'
import { comparedInChangedBuckets, had, place } from './compared-usage.ts'
import type { ExportRequest } from './request/export-request.ts'
import { requestOf } from './request/stored-request.ts'
import type { PlanDeps } from './tasks/plan-export.ts'
import { findTask } from './tasks/task-list.ts'

const changesSql = fillSlots(sqlFile(import.meta.url, './changes.sql'), { compared: comparedInChangedBuckets, place })
const changedLoadsSql = fillSlots(sqlFile(import.meta.url, '../ledger/loads-of-domains.sql'), {
  asked: askedUsageSql,
  seen: seenSql,
  seen_then: seenThenSql,
  had,
})

const keptLoadsSql = sqlFile(import.meta.url, './kept-forgotten-loads.sql')

const changesDefault = 1_000
const changesMax = 10_000

const Query = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: changesMax, description: `Default ${changesDefault}` })),
  offset: Type.Optional(Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'Skips this many buckets' })),
})

const Answer = Type.Object({
  task_id: Type.String(),
  data_version: Type.Integer({ description: 'Data version of the task’s file' }),
  data_version_now: Type.Integer(),
  loads_added: Type.Integer({ description: 'Batches that came since, with requests in the task’s range and domains' }),
  loads_removed: Type.Integer({ description: 'Batches that were forgotten since' }),
  complete: Type.Boolean({
    description: 'false: the rows of a forgotten load are removed, so the answer lacks the figures that it had',
  }),
  ...DomainChanges.properties,
  ...MonthChanges.properties,
  total: Type.Integer({ description: 'Buckets that have changed, of domains that the account had then and has now' }),
  changes: Type.Array(
    Type.Object({
      domain_name: Type.String(),
      time: UnixMs('The bucket’s start'),
      requests_before: Type.Integer(),
      requests_after: Type.Integer(),
      flux_before: Whole('Bytes'),
      flux_after: Whole('Bytes'),
    }),
    { description: 'Ordered by time, then domain; of the task’s service area, without its filters of place' },
  ),
})

/** Changes of a task, in the API's answer. */
export type TaskChanges = Static<typeof Answer>

type ChangeRow = {
  domain: string
  startMs: number
  requestsBefore: number
  requestsAfter: number
  fluxBefore: WholeNumber
  fluxAfter: WholeNumber
  total: number
}

/** Route that shows which figures of a task's file would differ if it were made again now. */
export function changeRoutes(server: Routes, deps: PlanDeps): void {
  const schema = {
    operationId: 'showExportTaskChanges',
    tags: ['Export tasks'],
    summary: 'Which domains and buckets of the task have changed since its file was made, and by how much',
    params: Type.Object({ taskId: Text('The id that create answered') }),
    querystring: Query,
    response: { 200: Answer, ...errorAnswers },
  }
  const config = { access: { roles: ['operator', 'account'] as const } }
  server.get('/api/v1/export-tasks/:taskId/changes', { config, schema }, async (request) => {
    const { accountId } = callerOf(request)
    const task = await findTask(deps.database, callerOf(request), request.params.taskId)
    if (!task) throw new AppError('CDN.0003', 'There is no such export task')
    return await whileConnected(request, (gone) =>
      deps.questions.ask(accountId, gone, (engine) => changesOf(deps, engine, task, request.query)),
    )
  })
}

async function changesOf(
  deps: PlanDeps,
  engine: Asked,
  task: ExportTaskRow,
  { limit = changesDefault, offset = 0 }: Static<typeof Query>,
): Promise<TaskChanges> {
  const { database } = deps
  if (task.data_version === null || !['success', 'expired'].includes(task.state))
    throw new AppError('FLUXPORT.0204', `The task has no file to compare with: its state is ${task.state}`)
  const request = requestOf(task)
  await assertKept(database, [{ source: 'usage', startTimeMs: request.startTimeMs }])
  const sinceVersion = task.data_version
  const whose = task.whose ?? task.account_id
  const { pinned, loads, loadsToNow } = await database.write(async (tx) => ({
    pinned: await pinDataVersion(database, tx, whose),
    loads: await changedLoads(tx, sinceVersion, request),
    loadsToNow: await changedLoads(tx, sinceVersion, { ...request, endTimeMs: Number.MAX_SAFE_INTEGER }),
  }))
  const held = await domainsThenAndNow(database.queries, { whose, asked: request.domains }, sinceVersion, pinned)
  const { removedLoadIds } = idsOf(loads)
  const parameters = { ...comparedParameters(request, held), ...idsOf(loads) }
  const ofDomains = await loadsOfDomains(engine, { ...parameters, domains: without(held.domains, held.gone) })
  const isSame = loads.added.length + removedLoadIds.length === 0 && ownsTheSame(held)
  const inBoth = without(without(held.domains, held.gone), held.come)
  const read = (page: { limit: number; offset: number }): Promise<ChangeRow[]> =>
    isSame ? Promise.resolve([]) : engine.rows(changesSql, { ...parameters, domains: inBoth, ...page }, spillSettings)
  const rows = await read({ limit, offset })
  const [first] = rows.length > 0 || offset === 0 ? rows : await read({ limit: 1, offset: 0 })
  return {
    task_id: task.id,
    data_version: task.account_version ?? task.data_version,
    data_version_now: pinned.shownVersion,
    loads_added: loads.added.filter((loadId) => ofDomains.has(loadId)).length,
    loads_removed: removedLoadIds.filter((loadId) => ofDomains.has(loadId)).length,
    complete: await hasAllRows(engine, loads),
    domains_gone: held.gone.length,
    domains_come: held.come.length,
    ...(isSame ? { domains_total: 0, domains: [] } : await changedDomains(engine, held, parameters)),
    months: await monthsOf(engine, { request, whose, held }, { ...parameters, ...idsOf(loadsToNow) }),
    total: first?.total ?? 0,
    changes: rows.map((row) => ({
      domain_name: row.domain,
      time: row.startMs,
      requests_before: row.requestsBefore,
      requests_after: row.requestsAfter,
      flux_before: row.fluxBefore,
      flux_after: row.fluxAfter,
    })),
  }
}

/** Parameters of compared-usage.sql but for the loads. */
const comparedParameters = (
  request: ExportRequest,
  { domains, gone, come, regarded, seenThen, version }: ThenAndNow,
) => ({
  ...commonParameters({ request, domains, version }),
  ...seenThenParameters(version, seenThen, domains),
  from: request.startTimeMs / 1000,
  to: request.endTimeMs / 1000,
  interval: request.intervalSeconds,
  goneDomains: gone,
  comeDomains: come,
  regardedDomains: regarded,
})

const ownsTheSame = ({ gone, come, regarded }: ThenAndNow) => gone.length + come.length + regarded.length === 0

function without(domains: string[], others: readonly string[]): string[] {
  if (others.length === 0) return domains
  const left = new Set(others)
  return domains.filter((domain) => !left.has(domain))
}

const idsOf = ({ added, removed }: ChangedLoads) => ({
  addedLoadIds: added,
  removedLoadIds: removed.map(({ loadId }) => loadId),
})

/**
 * Null for a task that is no bill of one account: where logs end differs by account. Parameters have every load from
 * the range's start on.
 */
async function monthsOf(
  engine: Asked,
  { request, whose, held }: { request: ExportRequest; whose: Whose; held: ThenAndNow },
  parameters: Parameters & ReturnType<typeof idsOf>,
) {
  if (request.billing === null || whose === allAccounts) return null
  if (parameters.addedLoadIds.length + parameters.removedLoadIds.length === 0 && ownsTheSame(held)) return []
  return await changedMonths(engine, { request, held, parameters })
}

/** Added and removed loads with requests in the asked range and in domains that are the account's now. */
async function loadsOfDomains(
  engine: Asked,
  parameters: Parameters & { addedLoadIds: number[]; removedLoadIds: number[] },
): Promise<Set<number>> {
  if (parameters.addedLoadIds.length + parameters.removedLoadIds.length === 0) return new Set()
  const rows = await engine.rows<{ loadId: number }>(changedLoadsSql, parameters)
  return new Set(rows.map((row) => row.loadId))
}

/** True if the usage of every load forgotten since is still there, in its own table or as a copy. */
async function hasAllRows(engine: Asked, { removed }: ChangedLoads): Promise<boolean> {
  const purged = removed.filter(({ isPurged, hasRequests }) => isPurged && hasRequests).map(({ loadId }) => loadId)
  if (purged.length === 0) return true
  const [found] = await engine.rows<{ loads: number }>(keptLoadsSql, { purged })
  return found?.loads === purged.length
}

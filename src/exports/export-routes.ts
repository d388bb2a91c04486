import { randomBytes } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { domainsNotOwned, domainsOfAccount } from '../accounts/domains.ts'
import type { DownloadLinks } from '../auth/download-links.ts'
import type { Database } from '../database/database.ts'
import type { ExportTaskRow } from '../database/schema.ts'
import { AppError } from '../errors.ts'
import { errorAnswers, Nullable, Text, UnixMs } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { localTime } from '../statistics/time-range.ts'
import { CreateExportTaskBody, type ExportRequest, parseExportRequest } from './export-request.ts'
import { reports } from './reports/catalogue.ts'
import { createTask, findTask, listTasks } from './task-store.ts'

export type ExportRouteDeps = {
  database: Database
  links: DownloadLinks
  timeZone: string
  exportRowsMax: number
  nowMs: () => number
  /** A task was created here. */
  wake: () => void
}

const path = '/v1/cdn/statistics/export-tasks'
const access = { roles: ['operator', 'account'] as const }

const Listed = Type.Object({
  task_id: Type.String(),
  task_name: Type.String(),
  status: Type.String({ description: 'waiting, processing, success or fail' }),
  download_link: Nullable(Type.String({ description: 'On success; signed, and expires' })),
  create_time: UnixMs('Created'),
  update_time: UnixMs('Modified'),
  state: Type.String({ description: 'The true state. Ours' }),
})

const ListQuery = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: 'Page size; 0 means the default, 10' })),
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'Tasks passed over; default 0' }),
  ),
  task_id: Type.Optional(Text('One task. Empty, all or *: no filter')),
  task_name: Type.Optional(Text('Tasks of this very name. Empty, all or *: no filter')),
})

/** The contract's two operations, and our view of one task. */
export function exportRoutes(server: Routes, deps: ExportRouteDeps): void {
  server.post(
    path,
    {
      config: { access },
      schema: {
        operationId: 'createExportTask',
        tags: ['Export tasks (contract)'],
        summary: 'Creates an export task',
        body: CreateExportTaskBody,
        response: { 200: Type.Object({ task_id: Type.String(), task_name: Type.String() }), ...errorAnswers },
      },
    },
    (request) => create(deps, callerOf(request).accountId, request.body),
  )
  server.get(
    path,
    {
      config: { access },
      schema: {
        operationId: 'listExportTasks',
        tags: ['Export tasks (contract)'],
        summary: 'Lists export tasks, newest modification first',
        querystring: ListQuery,
        response: { 200: Type.Object({ total: Type.Integer(), data: Type.Array(Listed) }), ...errorAnswers },
      },
    },
    (request) => list(deps, callerOf(request).accountId, request.query),
  )
  server.get(
    '/api/v1/export-tasks/:taskId',
    {
      config: { access },
      schema: {
        operationId: 'showExportTask',
        tags: ['Export tasks'],
        summary: 'Everything about one task',
        params: Type.Object({ taskId: Text('The id that create answered') }),
        response: { 200: Shown, ...errorAnswers },
      },
    },
    async (request) => {
      const task = await findTask(deps.database, callerOf(request).accountId, request.params.taskId)
      if (!task) throw new AppError('CDN.0003', 'There is no such export task')
      return shown(deps, task)
    },
  )
}

async function create(deps: ExportRouteDeps, accountId: string, body: Static<typeof CreateExportTaskBody>) {
  const nowMs = deps.nowMs()
  const request = parseExportRequest(body, deps.timeZone, nowMs)
  await checkSize(deps, accountId, request)
  const id = newTaskId(nowMs)
  const stamp = localTime(nowMs, deps.timeZone).replaceAll(/[-: ]/g, '')
  const task = { id, accountId, name: `${request.action}_${stamp}_${id.slice(-6)}`, action: request.action }
  await createTask(deps.database, { ...task, requestJson: JSON.stringify(request) })
  deps.wake()
  return { task_id: id, task_name: task.name }
}

/** @throws AppError CDN.0105 for a domain that is not the account's, CDN.0005 for a file that would be too long */
async function checkSize(deps: ExportRouteDeps, accountId: string, request: ExportRequest) {
  const [unknown] = await domainsNotOwned(deps.database, accountId, request.domains ?? [])
  if (unknown !== undefined) throw new AppError('CDN.0105', `The domain ${unknown} does not exist`)
  const domains = request.domains ?? (await domainsOfAccount(deps.database, accountId))
  const rows = reports[request.action].rowsMax(request, domains.length)
  if (rows <= deps.exportRowsMax) return
  const problem = `The file would have ${rows} rows; at most ${deps.exportRowsMax} are allowed (--export-rows-max).`
  throw new AppError('CDN.0005', `${problem} Ask for a shorter range, fewer domains, or interval 3600`)
}

/** 32 lower-case hex digits that sort by creation: a UUIDv7 without its dashes. */
function newTaskId(nowMs: number): string {
  const random = randomBytes(10)
  random[0] = ((random[0] ?? 0) & 0x0f) | 0x70
  random[2] = ((random[2] ?? 0) & 0x3f) | 0x80
  return nowMs.toString(16).padStart(12, '0') + random.toString('hex')
}

async function list(deps: ExportRouteDeps, accountId: string, query: Static<typeof ListQuery>) {
  const { total, tasks } = await listTasks(deps.database, accountId, {
    limit: query.limit || 10,
    offset: query.offset ?? 0,
    ...filterOf('id', query.task_id),
    ...filterOf('name', query.task_name),
  })
  return { total, data: tasks.map((task) => listed(deps, task)) }
}

/** Old SDKs must send something for "any", and send what they can. */
const filterOf = (name: 'id' | 'name', value: string | undefined) =>
  value === undefined || ['', 'all', '*'].includes(value) ? {} : { [name]: value }

const listed = (deps: ExportRouteDeps, task: ExportTaskRow): Static<typeof Listed> => ({
  task_id: task.id,
  task_name: task.name,
  status: task.state,
  download_link:
    task.state === 'success' && task.file_name !== null
      ? deps.links.link({ taskId: task.id, fileName: task.file_name, completedAtMs: task.state_since_ms })
      : null,
  create_time: task.created_at_ms,
  update_time: task.updated_at_ms,
  state: task.state,
})

const Shown = Type.Object({
  ...Listed.properties,
  action: Type.String(),
  state_since: UnixMs('In this state since'),
  attempts: Type.Integer(),
  progress: Type.Object({ rows: Type.Integer(), expected_rows: Nullable(Type.Integer()), percent: Type.Number() }),
  effective: Type.Object({
    start_time: UnixMs('First bucket'),
    end_time: UnixMs('End of the last bucket'),
    interval: Type.Integer(),
    time_zone: Type.String(),
    domains: Nullable(Type.Array(Type.String())),
    group_by: Nullable(Type.String()),
    service_area: Type.String(),
    stat_type: Type.String(),
    language: Type.String(),
    format: Type.String(),
  }),
  data_version: Nullable(Type.Integer({ description: 'The state of the data that the file is of' })),
  columns: Type.Array(
    Type.Object({ name: Type.String(), title: Type.String(), type: Type.String(), unit: Nullable(Type.String()) }),
  ),
  file_name: Nullable(Type.String()),
  rows: Nullable(Type.Integer()),
  bytes: Nullable(Type.Integer()),
  sha256: Nullable(Type.String()),
  error: Nullable(Type.Object({ error_code: Type.String(), error_msg: Type.String() })),
})

function shown(deps: ExportRouteDeps, task: ExportTaskRow): Static<typeof Shown> {
  const request = JSON.parse(task.request_json) as ExportRequest
  const columns = reports[request.action].columns(request)
  return {
    ...listed(deps, task),
    action: task.action,
    state_since: task.state_since_ms,
    attempts: task.attempts,
    progress: progressOf(task),
    effective: effectiveOf(request),
    data_version: task.data_version,
    columns: columns.map(({ name, title, type, unit }) => ({ name, title: title[request.language], type, unit })),
    file_name: task.file_name,
    rows: task.artifact_rows,
    bytes: task.artifact_bytes,
    sha256: task.artifact_sha256,
    error: task.error_code === null ? null : { error_code: task.error_code, error_msg: task.error_message ?? '' },
  }
}

function progressOf(task: ExportTaskRow) {
  const { progress_rows: rows, expected_rows: expected } = task
  const percent = task.state === 'success' ? 100 : expected ? Math.min(99, Math.floor((rows / expected) * 100)) : 0
  return { rows, expected_rows: expected, percent }
}

const effectiveOf = (request: ExportRequest) => ({
  start_time: request.startTimeMs,
  end_time: request.endTimeMs,
  interval: request.intervalSeconds,
  time_zone: request.timeZone,
  domains: request.domains,
  group_by: request.groupBy,
  service_area: request.serviceArea,
  stat_type: request.statType,
  language: request.language,
  format: request.format,
})

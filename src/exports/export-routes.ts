import { createHash, randomBytes } from 'node:crypto'
import { type Static, Type } from 'typebox'
import { accountNames } from '../accounts/account-names.ts'
import { linkTagOf } from '../accounts/link-tag.ts'
import { askedWhose } from '../accounts/whose.ts'
import { type DownloadLinks, linksFor } from '../auth/download-links.ts'
import { AppError, parameterError, quoted } from '../errors.ts'
import type { Caller } from '../http/caller.ts'
import { errorAnswers, Text, UnixMsText } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { TaskState } from '../ports/database/schema.ts'
import { localTime } from '../statistics/time-range.ts'
import type { LimitCounts } from '../turns/limit-counts.ts'
import { actions } from './request/actions.ts'
import { CreateExportTaskBody } from './request/export-request.ts'
import { ListedTask, listedWithAsked, taskStates } from './task-view.ts'
import { answeredBefore, createTask } from './tasks/create-task.ts'
import { assertSize, createLimitsOf, expectedBytesOf, type PlanDeps, planExport } from './tasks/plan-export.ts'
import { findTask, listTasks } from './tasks/task-list.ts'

export type ExportRouteDeps = PlanDeps & {
  limitCounts: LimitCounts
  links: DownloadLinks
  /** Call when a task was created. */
  wake: () => void
}

const path = '/v1/cdn/statistics/export-tasks'
const access = { roles: ['operator', 'account'] as const }

const ListQuery = Type.Object({
  account: Type.Optional(
    Text(
      'For operators: tasks of this account’s id, or all for every account’s, each with its account. A Fluxport extension',
    ),
  ),
  limit: Type.Optional(Type.Integer({ minimum: 0, maximum: 100, description: 'Page size; 0 means the default, 10' })),
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'Skips this many tasks; default 0' }),
  ),
  task_id: Type.Optional(Text('One task. Empty, all or *: no filter')),
  task_name: Type.Optional(Text('Tasks of exactly this name. Empty, all or *: no filter')),
  status: Type.Optional(Text(`States with commas between them: ${taskStates.join(', ')}. A Fluxport extension`)),
  action: Type.Optional(Text('Tasks of this action. A Fluxport extension')),
  created_from: UnixMsText('Created at or after. A Fluxport extension'),
  created_to: UnixMsText('Created before. A Fluxport extension'),
})

/** Routes of the contract's two operations. */
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
        headers: Type.Object({
          'idempotency-key': Type.Optional(
            Type.String({
              minLength: 1,
              maxLength: 255,
              description:
                'A create with the same key and body within a day answers the same task. A Fluxport extension',
            }),
          ),
        }),
        response: { 200: Type.Object({ task_id: Type.String(), task_name: Type.String() }), ...errorAnswers },
      },
    },
    (request) => createExport(deps, callerOf(request), request.body, request.headers['idempotency-key']),
  )
  server.get(
    path,
    {
      config: { access },
      schema: {
        operationId: 'listExportTasks',
        tags: ['Export tasks (contract)'],
        summary: 'Lists export tasks, the last modified first',
        querystring: ListQuery,
        response: { 200: Type.Object({ total: Type.Integer(), data: Type.Array(ListedTask) }), ...errorAnswers },
      },
    },
    (request) => list(deps, callerOf(request), request.query),
  )
}

/** Creates a task. @param key the client's key for this create @throws AppError as `planExport` and `createTask` do */
export async function createExport(
  deps: ExportRouteDeps,
  caller: Caller,
  body: CreateExportTaskBody,
  key: string | undefined,
): Promise<{ task_id: string; task_name: string }> {
  const { accountId, accessKey } = caller
  // Before the key's answer: only operators may be told of a task with others' data.
  await askedWhose(deps.database, caller, body.account)
  const idempotency = key === undefined ? null : { key, bodySha256: digestOf(body) }
  // The key comes first, before checks whose result may have changed since: the first answer stands.
  const before = idempotency && (await answeredBefore(deps.database, deps.database.queries, accountId, idempotency))
  if (before !== null) return await answerOf(deps, caller, before)
  const plan = await planExport(deps, caller, body)
  assertSize(plan)
  const { request, settings } = plan
  const nowMs = deps.nowMs()
  const id = newTaskId(nowMs)
  const stamp = localTime(nowMs, deps.timeZone).replaceAll(/[-: ]/g, '')
  const name = plan.taskName ?? `${request.action}_${stamp}_${id.slice(-6)}`
  const { taskId, isNew } = await createTask(deps.database, {
    id,
    accountId,
    name,
    action: request.action,
    requestJson: JSON.stringify(request),
    whose: plan.whose,
    webhookUrl: plan.webhookUrl,
    createdBy: accessKey,
    idempotency,
    limits: createLimitsOf(settings, deps),
    expectedBytes: expectedBytesOf(plan),
  }).catch((error) => {
    if (error instanceof AppError && error.code === 'CDN.0005') deps.limitCounts.reached('tasks')
    throw error
  })
  if (!isNew) return await answerOf(deps, caller, taskId)
  deps.wake()
  return { task_id: taskId, task_name: name }
}

async function answerOf(deps: ExportRouteDeps, caller: Caller, taskId: string) {
  const task = await findTask(deps.database, caller, taskId)
  return { task_id: taskId, task_name: task?.name ?? '' }
}

/** A digest of the create's members, whatever the order and spelling of the JSON. */
const digestOf = (body: CreateExportTaskBody): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(body).sort(([a], [b]) => (a < b ? -1 : 1))))
    .digest('hex')

/** A new id, 32 lower-case hex digits that sort by creation: a UUIDv7 without its dashes. */
function newTaskId(nowMs: number): string {
  const random = randomBytes(10)
  random[0] = ((random[0] ?? 0) & 0x0f) | 0x70
  random[2] = ((random[2] ?? 0) & 0x3f) | 0x80
  return nowMs.toString(16).padStart(12, '0') + random.toString('hex')
}

async function list(deps: ExportRouteDeps, caller: Caller, query: Static<typeof ListQuery>) {
  const named = await askedWhose(deps.database, caller, query.account)
  const listing = { accountId: named ?? caller.accountId, role: caller.role }
  const { total, tasks } = await listTasks(deps.database, listing, {
    limit: query.limit || 10,
    offset: query.offset ?? 0,
    ...(isAny(query.task_id) ? {} : { id: query.task_id }),
    ...(isAny(query.task_name) ? {} : { name: query.task_name }),
    ...(isAny(query.status) ? {} : { states: statesOf(query.status) }),
    ...(isAny(query.action) ? {} : { action: actionOf(query.action) }),
    ...(query.created_from === undefined ? {} : { createdFromMs: query.created_from }),
    ...(query.created_to === undefined ? {} : { createdToMs: query.created_to }),
  })
  const links = linksFor(deps.links, linkTagOf(caller.accessKey))
  if (!query.account) return { total, data: tasks.map((task) => listedWithAsked(links, task)) }
  const names = await accountNames(deps.database)
  // The link of another account's task would not be served: it is for keys of that account.
  const data = tasks.map((task) => ({
    ...listedWithAsked(links, task),
    ...(task.account_id === caller.accountId ? {} : { download_link: null }),
    account_id: task.account_id,
    account_name: names.get(task.account_id) ?? task.account_id,
  }))
  return { total, data }
}

/** True for values that mean "any": old SDKs must send something for it, and send what they can. */
const isAny = (value: string | undefined): value is undefined => value === undefined || ['', 'all', '*'].includes(value)

function statesOf(text: string): TaskState[] {
  const names = text.split(',').map((name) => name.trim())
  const wrong = names.find((name) => !taskStates.some((state) => state === name))
  if (wrong !== undefined) throw parameterError('status', `${quoted(wrong)} is not one of ${taskStates.join(', ')}`)
  return names as TaskState[]
}

function actionOf(text: string): string {
  if (actions.some((action) => action === text)) return text
  throw parameterError('action', `${quoted(text)} is not one of ${actions.join(', ')}`)
}

import { Type } from 'typebox'
import { accountSettings } from '../accounts/account-settings.ts'
import { linkTagOf } from '../accounts/link-tag.ts'
import { namedAccount } from '../accounts/whose.ts'
import { linksFor } from '../auth/download-links.ts'
import { AppError } from '../errors.ts'
import type { Caller } from '../http/caller.ts'
import { whileConnected } from '../http/client-gone.ts'
import { errorAnswers, Text } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { ExportTaskRow } from '../ports/database/schema.ts'
import type { ExportRouteDeps } from './export-routes.ts'
import { CreateExportTaskBody } from './request/export-request.ts'
import { exportQueryPrefix } from './run/run-export.ts'
import { Shown, shown } from './task-view.ts'
import { cancelTask, deleteTask, retryTask } from './tasks/change-task.ts'
import { limitsOf, planExport } from './tasks/plan-export.ts'
import { Preflight, preflight } from './tasks/preflight.ts'
import { findTask, queuePosition } from './tasks/task-list.ts'
import { findDelivery } from './webhooks/delivery-store.ts'

const path = '/api/v1/export-tasks'
const config = { access: { roles: ['operator', 'account'] as const } }
const tags = ['Export tasks']
const params = Type.Object({ taskId: Text('The id that create answered') })
const response = { 200: Shown, ...errorAnswers }

/** Routes that show one task, and change it for its owner. */
export function taskRoutes(server: Routes, deps: ExportRouteDeps): void {
  server.get(
    `${path}/:taskId`,
    { config, schema: operation('showExportTask', 'Everything about one task') },
    async (request) => await showTask(deps, callerOf(request), request.params.taskId),
  )
  cancelRoute(server, deps)
  retryRoute(server, deps)
  deleteRoute(server, deps)
  preflightRoute(server, deps)
}

const operation = (operationId: string, summary: string) => ({ operationId, tags, summary, params, response })

async function showTask(deps: ExportRouteDeps, caller: Caller, taskId: string) {
  const task = await foundTask(deps, caller, taskId)
  return shown(linksFor(deps.links, linkTagOf(caller.accessKey)), task, {
    account: task.whose === null ? null : await namedAccount(deps.database, task.whose),
    queuePosition: await queuePosition(deps.database, task),
    delivery: await findDelivery(deps.database, task.id),
  })
}

/** @throws AppError CDN.0003 for a task that the key does not see */
async function foundTask(deps: ExportRouteDeps, caller: Caller, taskId: string): Promise<ExportTaskRow> {
  const task = await findTask(deps.database, caller, taskId)
  if (!task) throw new AppError('CDN.0003', 'There is no such export task')
  return task
}

/** The changed task. @throws AppError FLUXPORT.0204 naming its state, when that does not allow the change */
async function showChanged(deps: ExportRouteDeps, caller: Caller, taskId: string, what: string, isDone: boolean) {
  const task = await showTask(deps, caller, taskId)
  if (!isDone) throw new AppError('FLUXPORT.0204', `The task cannot be ${what}: its state is ${task.state}`)
  return task
}

/** Ends the engine's work on the task now; its worker notices within a second. */
const endStatements = (deps: ExportRouteDeps, taskId: string) =>
  deps.warehouse.killAll(exportQueryPrefix(taskId)).catch(() => undefined)

function cancelRoute(server: Routes, deps: ExportRouteDeps) {
  const schema = operation('cancelExportTask', 'Ends a task that waits or is being worked on')
  server.post(`${path}/:taskId/cancel`, { config, schema }, async (request) => {
    const { accountId } = callerOf(request)
    const { id: taskId } = await foundTask(deps, callerOf(request), request.params.taskId)
    const isDone = await cancelTask(deps.database, accountId, taskId)
    if (isDone) await endStatements(deps, taskId)
    return await showChanged(deps, callerOf(request), taskId, 'canceled', isDone)
  })
}

function retryRoute(server: Routes, deps: ExportRouteDeps) {
  const schema = operation('retryExportTask', 'Makes a failed, canceled or expired task again')
  server.post(`${path}/:taskId/retry`, { config, schema }, async (request) => {
    const { accountId } = callerOf(request)
    const { id: taskId } = await foundTask(deps, callerOf(request), request.params.taskId)
    const limits = limitsOf(await accountSettings(deps.database, accountId, deps))
    const isDone = await retryTask(deps.database, accountId, taskId, limits)
    if (isDone) deps.wake()
    return await showChanged(deps, callerOf(request), taskId, 'retried', isDone)
  })
}

function deleteRoute(server: Routes, deps: ExportRouteDeps) {
  const schema = {
    ...operation('deleteExportTask', 'Removes a task and its files, in any state'),
    response: { 200: Type.Object({ task_id: Type.String() }), ...errorAnswers },
  }
  server.delete(`${path}/:taskId`, { config, schema }, async (request) => {
    const { id: taskId } = await foundTask(deps, callerOf(request), request.params.taskId)
    if (!(await deleteTask(deps.database, callerOf(request).accountId, taskId)))
      throw new AppError('CDN.0003', 'There is no such export task')
    await endStatements(deps, taskId)
    return { task_id: taskId }
  })
}

function preflightRoute(server: Routes, deps: ExportRouteDeps) {
  server.post(
    `${path}/preflight`,
    {
      config,
      schema: {
        operationId: 'preflightExportTask',
        tags,
        summary: 'Says what a create with this body would make, and makes nothing',
        body: CreateExportTaskBody,
        response: { 200: Preflight, ...errorAnswers },
      },
    },
    async (request) => {
      const caller = callerOf(request)
      return await whileConnected(request, (gone) =>
        deps.questions.ask(caller.accountId, gone, async (engine) =>
          preflight(deps, engine, caller, await planExport(deps, caller, request.body)),
        ),
      )
    },
  )
}

import { type Static, Type } from 'typebox'
import { type NamedAccount, NamedAccountSchema } from '../accounts/whose.ts'
import type { DownloadLinks } from '../auth/download-links.ts'
import { Nullable, UnixMs } from '../http/schemas.ts'
import type { ExportTaskRow, TaskState, WebhookDeliveryRow } from '../ports/database/schema.ts'
import { reports } from './reports/catalogue.ts'
import { requestOf } from './request/stored-request.ts'
import { parametersOf, shownColumns } from './run/manifest.ts'
import { filesOf } from './run/task-files.ts'
import { shownAttempt } from './webhooks/attempt-words.ts'
import { attemptsOf } from './webhooks/delivery-store.ts'

/** A task as the API shows it. */

/** Makes links for the asking key (auth/download-links.ts). */
type LinkMaker = Pick<DownloadLinks, 'link'>

/** The contract knows success and fail; a client that polls for them must see every task end. */
const contractStatus: Record<TaskState, string> = {
  waiting: 'waiting',
  processing: 'processing',
  success: 'success',
  fail: 'fail',
  canceled: 'fail',
  expired: 'success',
  deleted: 'fail',
}

export const taskStates = ['waiting', 'processing', 'success', 'fail', 'canceled', 'expired'] as const

export const Listed = Type.Object({
  task_id: Type.String(),
  task_name: Type.String(),
  status: Type.String({ description: 'waiting, processing, success or fail; canceled is fail, expired success' }),
  download_link: Nullable(
    Type.String({ description: 'Signed link; null unless the task succeeded, and after the link expired' }),
  ),
  create_time: UnixMs('Created'),
  update_time: UnixMs('Modified'),
  state: Type.String({ description: `The true state: ${taskStates.join(', ')}. A Fluxport extension` }),
})

/** A task in lists, with an outline; and with its account, if an operator asked by `account`. */
export const ListedTask = Type.Object({
  ...Listed.properties,
  account_id: Type.Optional(Type.String({ description: 'With account: the task’s account' })),
  account_name: Type.Optional(Type.String({ description: 'With account: the name of the task’s account' })),
  asked: Type.Object(
    {
      action: Type.String(),
      first_domain: Nullable(Type.String({ description: 'null: every domain of the account' })),
      domains: Nullable(Type.Integer({ description: 'Number of named domains; null: every domain of the account' })),
      start_time: UnixMs('First bucket'),
      end_time: UnixMs('End of the last bucket'),
      time_zone: Type.String(),
      service_area: Type.String(),
      format: Type.String(),
      compression: Type.String(),
    },
    { description: 'An outline of the task. A Fluxport extension' },
  ),
})

export type ListedTask = Static<typeof ListedTask>

export function listedWithAsked(links: LinkMaker, task: ExportTaskRow): ListedTask {
  const { action, domains, startTimeMs, endTimeMs, timeZone, serviceArea, format, compression } = requestOf(task)
  const range = { start_time: startTimeMs, end_time: endTimeMs, time_zone: timeZone }
  const asked = { action, first_domain: domains?.[0] ?? null, domains: domains?.length ?? null, ...range }
  return { ...listed(links, task), asked: { ...asked, service_area: serviceArea, format, compression } }
}

export const listed = (links: LinkMaker, task: ExportTaskRow): Static<typeof Listed> => ({
  task_id: task.id,
  task_name: task.name,
  status: contractStatus[task.state],
  download_link: task.file_name === null ? null : linkTo(links, task, task.file_name),
  create_time: task.created_at_ms,
  update_time: task.updated_at_ms,
  state: task.state,
})

const linkTo = (links: LinkMaker, task: ExportTaskRow, fileName: string) =>
  task.state === 'success' ? links.link({ taskId: task.id, fileName, completedAtMs: task.state_since_ms }) : null

const CodeList = Nullable(Type.Array(Type.String()))

const File = Type.Object({
  name: Type.String(),
  rows: Nullable(Type.Integer({ description: 'Rows of the file; null for a manifest' })),
  bytes: Type.Integer(),
  sha256: Type.String(),
  download_link: Nullable(Type.String()),
})

export const Shown = Type.Object({
  ...Listed.properties,
  account: Nullable(NamedAccountSchema),
  action: Type.String(),
  state_since: UnixMs('In this state since'),
  queue_position: Nullable(Type.Integer({ description: 'Place among the account’s waiting tasks, from 1' })),
  waits_for: Nullable(Type.String({ description: 'With require_final: the first bucket that is not final yet' })),
  waits_until: Nullable(UnixMs('The task fails at this time if it still waits')),
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
    country: CodeList,
    province: CodeList,
    isp: CodeList,
    limit: Nullable(Type.Integer()),
    language: Type.String(),
    format: Type.String(),
    compression: Type.String(),
    coverage_column: Type.Boolean(),
    require_final: Type.Boolean(),
  }),
  data_version: Nullable(
    Type.Integer({
      description: 'Data version of the file; an account counts the changes of its own data',
    }),
  ),
  columns: Type.Array(
    Type.Object({ name: Type.String(), title: Type.String(), type: Type.String(), unit: Nullable(Type.String()) }),
  ),
  file_name: Nullable(Type.String()),
  rows: Nullable(Type.Integer()),
  bytes: Nullable(Type.Integer()),
  sha256: Nullable(Type.String()),
  files: Type.Array(File),
  // Without `additionalProperties` the answer would lack all of its fields.
  manifest: Nullable(
    Type.Unsafe<object>({ type: 'object', additionalProperties: true, description: 'The manifest’s content' }),
  ),
  webhook: Nullable(
    Type.Object({
      url: Type.String(),
      state: Type.String({ description: 'idle until the task ends, waiting, delivered or failed' }),
      next_attempt: Nullable(UnixMs('Next attempt')),
      attempts: Type.Array(
        Type.Object({
          at: UnixMs('Sent'),
          status: Nullable(Type.Integer({ description: 'The class of the answer: 200, 300, 400 or 500' })),
          error: Nullable(
            Type.String({
              description: 'refused address, timeout, no connection, or HTTP and the class of the answer',
            }),
          ),
        }),
      ),
    }),
  ),
  error: Nullable(Type.Object({ error_code: Type.String(), error_msg: Type.String() })),
})

type ShownWith = {
  account: NamedAccount | null
  queuePosition: number | null
  delivery: WebhookDeliveryRow | undefined
}

/** A task in the API's answers. */
export type TaskAnswer = Static<typeof Shown>

export function shown(links: LinkMaker, task: ExportTaskRow, more: ShownWith): Static<typeof Shown> {
  const request = requestOf(task)
  const [main] = reports[request.action].tables(request)
  const { action, ...parameters } = parametersOf(request)
  const files = task.state === 'success' ? filesOf(task) : []
  const mainFile = filesOf(task).find((file) => file.name === task.file_name)
  return {
    ...listed(links, task),
    account: more.account,
    action,
    state_since: task.state_since_ms,
    queue_position: more.queuePosition,
    waits_for: task.waits_for,
    waits_until: task.waits_for === null ? null : task.final_by_ms,
    attempts: task.attempts,
    progress: progressOf(task),
    effective: {
      start_time: request.startTimeMs,
      end_time: request.endTimeMs,
      time_zone: request.timeZone,
      ...parameters,
    },
    data_version: task.account_version ?? task.data_version,
    columns: shownColumns(main.columns, request),
    file_name: task.file_name,
    rows: task.artifact_rows,
    bytes: mainFile?.bytes ?? task.artifact_bytes,
    sha256: task.artifact_sha256,
    files: files.map(({ name, rows, bytes, sha256 }) => ({
      name,
      rows,
      bytes,
      sha256,
      download_link: linkTo(links, task, name),
    })),
    manifest: task.manifest_json === null ? null : (JSON.parse(task.manifest_json) as object | null),
    webhook: webhookOf(more.delivery),
    error: task.error_code === null ? null : { error_code: task.error_code, error_msg: task.error_message ?? '' },
  }
}

function progressOf(task: ExportTaskRow) {
  const { progress_rows: rows, expected_rows: expected } = task
  const isDone = task.state === 'success' || task.state === 'expired'
  const percent = isDone ? 100 : expected ? Math.min(99, Math.floor((rows / expected) * 100)) : 0
  return { rows, expected_rows: expected, percent }
}

const webhookOf = (delivery: WebhookDeliveryRow | undefined) =>
  delivery === undefined
    ? null
    : {
        url: delivery.url,
        state: delivery.state,
        next_attempt: delivery.next_at_ms,
        attempts: attemptsOf(delivery).map(shownAttempt),
      }

/**
 * The body of a webhook: enough to act on, and beyond the link nothing that a stranger at the address should not see.
 * @param withLink false leaves out the link, which anybody may use
 */
export const webhookPayload = (links: LinkMaker, task: ExportTaskRow, withLink: boolean) => ({
  type: 'export_task.ended',
  timestamp: new Date(task.state_since_ms).toISOString(),
  data: {
    ...listed(links, task),
    ...(withLink ? {} : { download_link: null }),
    action: task.action,
    rows: task.artifact_rows,
    sha256: task.artifact_sha256,
    error: task.error_code === null ? null : { error_code: task.error_code, error_msg: task.error_message ?? '' },
  },
})

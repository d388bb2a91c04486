import { type AccountSettings, accountSettings } from '../../accounts/account-settings.ts'
import { askedDomains } from '../../accounts/domains.ts'
import { askedWhose, type Whose } from '../../accounts/whose.ts'
import { AppError } from '../../errors.ts'
import type { Asker } from '../../http/caller.ts'
import { assertKept } from '../../ledger/assert-kept.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Questions } from '../../ports/warehouse/questions.ts'
import type { Warehouse } from '../../ports/warehouse/warehouse.ts'
import type { Format } from '../../statistics/format-names.ts'
import type { BillingRule } from '../../usage/bills/billing-rule.ts'
import { reports } from '../reports/catalogue.ts'
import {
  type CreateExportTaskBody,
  type ExportRequest,
  parseExportRequest,
  taskNameOf,
} from '../request/export-request.ts'
import { parseWebhookUrl } from '../webhooks/webhook-url.ts'
import type { TaskLimits } from './create-task.ts'

export type PlanDeps = {
  database: Database
  warehouse: Warehouse
  questions: Questions
  timeZone: string
  exportRowsMax: number
  tasksWaitingMax: number
  storedBytesMax: number
  tasksMax: number
  billingRule: BillingRule
  /** True if webhooks may be posted to private hosts. */
  webhookAllowPrivate: boolean
  nowMs: () => number
}

/** A checked create: its request, its size, and the account's limits. */
export type Plan = {
  request: ExportRequest
  /** Null: no name was given. */
  taskName: string | null
  webhookUrl: string | null
  /** The account whose data the file has, or all; null: the asking account. */
  whose: Whose | null
  domains: string[]
  rowsMax: number
  settings: AccountSettings
}

/**
 * Reads a create's body and checks everything that can be known in advance.
 * @throws AppError naming the parameter; CDN.0004 for others' data unless an operator asks; CDN.0105 for a domain that
 *   is not the account's; FLUXPORT.0301 for a time whose data were dropped
 */
export async function planExport(deps: PlanDeps, caller: Asker, body: CreateExportTaskBody): Promise<Plan> {
  const { accountId } = caller
  const whose = await askedWhose(deps.database, caller, body.account)
  const settings = await accountSettings(deps.database, accountId, deps)
  const defaults = {
    timeZone: deps.timeZone,
    billing: deps.billingRule,
    format: settings.defaultFormat,
    compression: settings.defaultCompression,
  }
  const request = parseExportRequest(body, defaults, deps.nowMs())
  const taskName = taskNameOf(body.task_name)
  const webhookUrl = body.webhook_url ? parseWebhookUrl(body.webhook_url, deps.webhookAllowPrivate).href : null
  const domains = await askedDomains(deps.database, whose ?? accountId, request.domains)
  const report = reports[request.action]
  await assertKept(deps.database, report.needs(request))
  const rowsMax = report.rowsMax(request, domains.length)
  return { request, taskName, webhookUrl, whose, domains, rowsMax, settings }
}

/** Limits on an account's waiting tasks and stored bytes. */
export const limitsOf = (settings: AccountSettings): TaskLimits => ({
  waitingMax: settings.tasksWaitingMax,
  storedBytesMax: settings.storedBytesMax,
})

/** Limits of a create, including the number of listed tasks, which a retry does not change. */
export const createLimitsOf = (settings: AccountSettings, { tasksMax }: Pick<PlanDeps, 'tasksMax'>): TaskLimits => ({
  ...limitsOf(settings),
  listedMax: tasksMax,
})

/** Estimated bytes of a create's files, before compression. */
export const expectedBytesOf = ({ request, rowsMax }: Plan): number => sizeOf(request.format, rowsMax).bytes

/** @throws AppError CDN.0005 for a file that would be too long */
export function assertSize(plan: Plan): void {
  const problem = sizeProblem(plan)
  if (problem !== null) throw new AppError('CDN.0005', problem)
}

/** The problem of a file that would be too long, with the figures and a way out; null when it fits. */
export function sizeProblem({ rowsMax, settings, request }: Plan): string | null {
  if (rowsMax <= settings.rowsMax) return null
  const { bytes, seconds } = sizeOf(request.format, rowsMax)
  const problem = `The file would have up to ${rowsMax} rows (about ${bytes} bytes, ${seconds} s); the account may have ${settings.rowsMax}.`
  return `${problem} Ask for ${smaller(request)}`
}

function smaller({ action, intervalSeconds }: ExportRequest): string {
  if (action.startsWith('top_')) return 'fewer domains, or a lower limit'
  return intervalSeconds === 300 && action !== 'bill'
    ? 'a shorter range, fewer domains, or interval 3600'
    : 'a shorter range, or fewer domains'
}

/**
 * Bytes of a row and rows a second, by format, as measured with usage rows of 13 columns on two cores
 * (bench/export.mjs): a first estimate, not a promise.
 */
const measured: Record<Format, { bytesPerRow: number; rowsPerSecond: number }> = {
  csv: { bytesPerRow: 93, rowsPerSecond: 700_000 },
  jsonl: { bytesPerRow: 260, rowsPerSecond: 500_000 },
  parquet: { bytesPerRow: 35, rowsPerSecond: 500_000 },
  xlsx: { bytesPerRow: 75, rowsPerSecond: 90_000 },
}

export const sizeOf = (format: Format, rows: number) => ({
  bytes: rows * measured[format].bytesPerRow,
  seconds: Math.ceil(rows / measured[format].rowsPerSecond),
})

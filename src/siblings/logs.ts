import { Type } from 'typebox'
import { domainsNotOwned } from '../accounts/domains.ts'
import { linkTagOf } from '../accounts/link-tag.ts'
import type { DownloadLinks } from '../auth/download-links.ts'
import { AppError, parameterError } from '../errors.ts'
import { UnixMs } from '../http/schemas.ts'
import type { Routes } from '../http/server.ts'
import { type AskedLogs, handedOutLogs } from '../ledger/handed-out-logs.ts'
import { keptLogTaskId } from '../ledger/kept-logs.ts'
import type { Database } from '../ports/database/database.ts'
import { dayNumberAt, spanOfDay, type TimeRange } from '../statistics/time-range.ts'
import type { LimitCounts } from '../turns/limit-counts.ts'
import { type Asking, mountOperation, type Operation } from './wire/operation.ts'
import { contractZone, domainsOf, type Query, rangeError, timeOf, wholeNumberOf } from './wire/parameters.ts'

const hourMs = 3_600_000
const dayMs = 86_400_000
const spanDaysMax = 30

const logs: Operation = {
  path: 'logs',
  operationId: 'showLogs',
  perSecond: 20,
  summary: 'Lists the log files that are kept of a domain, with links that need no signature and expire',
  parameters: {
    domain_name: 'One domain. Mandatory',
    start_time: 'Files that begin from this time on, unix ms, widened to a whole hour. Default today 00:00 of UTC+8',
    end_time: `Files that begin before this time; at most ${spanDaysMax} days later. Default a day after start_time`,
    page_size: '1 to 10000; default 10',
    page_number: '1 to 65535; default 1',
    enterprise_project_id: 'Ignored',
  },
  answers: Type.Object({
    total: Type.Integer(),
    logs: Type.Array(
      Type.Object({
        domain_name: Type.String(),
        start_time: UnixMs('Start of its first hour'),
        end_time: UnixMs('End of its last hour'),
        name: Type.String({ description: 'A gzip file; another name for each' }),
        size: Type.Integer({ description: 'Bytes of the file' }),
        link: Type.String(),
      }),
    ),
  }),
}

export type LogDeps = { database: Database; links: DownloadLinks; limitCounts: LimitCounts; nowMs: () => number }

/** Route of the log files: ShowLogs. */
export function logRoutes(server: Routes, deps: LogDeps): void {
  mountOperation(server, deps, logs, (asking) => listLogs(deps, asking))
}

async function listLogs({ database, links, nowMs }: LogDeps, { accountId, accessKey, query }: Asking) {
  const now = nowMs()
  const asked = askedOf(query, now)
  const [missing] = await domainsNotOwned(database.queries, accountId, [asked.domain])
  if (missing !== undefined) throw new AppError('CDN.0105', `The domain ${missing} does not exist`)
  const { total, logs } = await handedOutLogs(database, accountId, asked)
  const keyTag = linkTagOf(accessKey)
  return {
    total,
    logs: logs.map(({ id, name, start_ms, end_ms, bytes }) => ({
      ...{ domain_name: asked.domain, start_time: start_ms, end_time: end_ms, name, size: bytes },
      link: links.link({ taskId: keptLogTaskId(id, accountId), fileName: name, completedAtMs: now, keyTag }) ?? '',
    })),
  }
}

function askedOf(query: Query, nowMs: number): AskedLogs {
  const domains = domainsOf(query)
  const [domain, another] = domains ?? []
  if (domain === undefined || another !== undefined) throw parameterError('domain_name', 'it is not one domain')
  const size = wholeNumberOf(query, 'page_size', { min: 1, max: 10_000, fallback: 10 })
  const page = wholeNumberOf(query, 'page_number', { min: 1, max: 65_535, fallback: 1 })
  const { startTimeMs: startMs, endTimeMs: endMs } = rangeOfLogs(query, nowMs)
  return { domain, startMs, endMs, limit: size, offset: (page - 1) * size }
}

/** @throws AppError CDN.0202 for an empty range, or one that is too long */
function rangeOfLogs(query: Query, nowMs: number): TimeRange {
  const given = (name: string) => (query[name]?.trim() ? timeOf(query, name) : null)
  const today = spanOfDay(dayNumberAt(nowMs, contractZone), contractZone).startMs
  const startTimeMs = Math.floor((given('start_time') ?? today) / hourMs) * hourMs
  const endTimeMs = Math.ceil((given('end_time') ?? startTimeMs + dayMs) / hourMs) * hourMs
  if (startTimeMs >= endTimeMs) throw rangeError('start_time is not before end_time')
  if (endTimeMs - startTimeMs > spanDaysMax * dayMs) throw rangeError(`it is longer than ${spanDaysMax} days`)
  return { startTimeMs, endTimeMs }
}

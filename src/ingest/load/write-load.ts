import { recordLoadSpans, type WrittenLoad as WrittenSpan } from '../../coverage/load-spans.ts'
import { AppError } from '../../errors.ts'
import type { WholeNumber } from '../../exact-json.ts'
import type { Geo } from '../../geo/geo.ts'
import { firstLoadableMs, readFloors } from '../../ledger/floors.ts'
import { splitHeaders } from '../../ledger/header-lines.ts'
import { insertSettings, loadQueryId } from '../../ledger/load-query.ts'
import { insertUsageSql } from '../../ledger/usage.ts'
import type { Database } from '../../ports/database/database.ts'
import type { BatchRow } from '../../ports/database/schema.ts'
import { sqlFile } from '../../ports/warehouse/sql-file.ts'
import {
  type LinkedLogs,
  type LogContent,
  type Run,
  undecodableCodes,
  type Warehouse,
  WarehouseRefused,
  WarehouseUnavailable,
} from '../../ports/warehouse/warehouse.ts'
import type { LoadPrivacy } from '../../privacy/load-privacy.ts'
import { type PrivacyProfile, queryStringsText } from '../../privacy/profile.ts'
import type { StageTimes } from '../../stage-times.ts'
import type { UnknownClientArea } from '../../statistics/service-areas.ts'
import type { LogFormat } from '../formats/line/log-format.ts'
import type { RejectionReason } from '../formats/line/rejection-reasons.ts'
import { allowedAsBound, allowedNow } from '../identify/delivery-authority.ts'
import type { LoadFigures } from '../overlap/written-load.ts'
import { loadParameters, loadStatements, loadSummarySql } from './load-statements.ts'

const rejectedOfLoads = sqlFile(import.meta.url, './rejected-of-loads.sql')

/** Loads that are written together: one log, or links to many logs with equal parameters, named by their load ids. */
export type LoadsToWrite = {
  /** Any of the batches: their parameters are equal. */
  batch: BatchRow
  format: LogFormat
  content: LogContent | LinkedLogs
  /** Ascending. */
  loadIds: number[]
  /** Lines of the one log before its loaded ranges. */
  linesBefore: number
}

type Summary = {
  loadId: number
  requests: number
  fluxBytes: WholeNumber
  domains: string[]
  firstTimeMs: number
  lastTimeMs: number
}

/**
 * One thread keeps the lines in order. Merged query steps would compute the lines' fields again for each reason: 22 s
 * of processor time instead of 1.4 s for 300,000 lines of nginx_json.
 */
export const rejectedSettings = { max_threads: 1, max_insert_threads: 1, query_plan_merge_expressions: 0 }

type WriteDeps = {
  database: Database
  warehouse: Warehouse
  geo: Pick<Geo, 'version'>
  privacy: LoadPrivacy
  unknownClientArea: UnknownClientArea
  stages: Pick<StageTimes, 'ofLoad'>
  nowMs: () => number
}

/**
 * Writes all rows of loads: their requests, rejected lines and usage.
 * @returns the figures of each load
 * @throws Error when the figures do not add up, and no load counts then; AppError FLUXPORT.0303 when the bytes of one
 *   exceed a batch's maximum
 */
export async function writeLoads(
  deps: WriteDeps,
  loads: LoadsToWrite,
  signal: AbortSignal,
): Promise<Map<number, LoadFigures>> {
  const { warehouse, stages } = deps
  const { content, loadIds } = loads
  const [firstId = 0] = loadIds
  const geoVersion = await deps.geo.version()
  const { profile, clientKey } = deps.privacy
  const logs = 'path' in content ? 'one' : 'many'
  const statements = loadStatements(loads.format, geoVersion, logs, profile)
  // Read after the loads have their ids: a drop of old data waits for loads that may have read the old floor
  // (retention/sweep.ts).
  const firstKeptMs = firstLoadableMs(await readFloors(deps.database.queries))
  const allowedDomains = await allowedNow(deps.database.queries, loads.batch)
  const times = { firstKeptMs, nowMs: deps.nowMs() }
  const parameters = parametersOf(
    loads,
    { ...times, unknownClientArea: deps.unknownClientArea, profile },
    allowedDomains,
  )
  const key = profile.clientAddresses === 'truncated' ? await clientKey() : null
  const secrets = key ? { secrets: key } : {}
  const run = { queryId: loadQueryId(firstId), signal, settings: insertSettings, ...secrets }
  const lines = { statements, content, parameters }
  const { writtenRows, rejectedLines } = await stages.ofLoad('insert', () => insertLines(warehouse, lines, run))
  const rollUp = { queryId: `${loadQueryId(firstId)}-usage`, signal }
  const insertUsage = () => warehouse.command(insertUsageSql, { loadIds }, rollUp)
  await stages.ofLoad('roll_up', insertUsage).catch(endingLeft(warehouse, rollUp)).catch(blameTraffic)
  const rejected = rejectedLines > 0 ? await rejectedOf(warehouse, loadIds) : []
  const summaries = await warehouse.rows<Summary>(loadSummarySql, { loadIds })
  assertSum(loadIds, 'requests', writtenRows, summaries)
  assertSum(loadIds, 'lines', rejectedLines, rejected)
  assertFits(summaries)
  const how = {
    geo_version: geoVersion,
    client_addresses: profile.clientAddresses,
    query_strings: queryStringsText(profile.queryStrings),
    allowedDomains,
  }
  return new Map(
    loadIds.map((loadId) => {
      const summary = summaries.find((one) => one.loadId === loadId)
      const rejectedOfLoad = rejected.filter((row) => row.loadId === loadId)
      return [loadId, { ...figuresOf(summary, rejectedOfLoad, firstKeptMs), ...how }]
    }),
  )
}

type LinesToWrite = {
  statements: ReturnType<typeof loadStatements>
  content: LogContent | LinkedLogs
  parameters: ReturnType<typeof parametersOf>
}

/** Writes the requests, and the lines that are rejected: those are read again only when there are any. */
async function insertLines(warehouse: Warehouse, { statements, content, parameters }: LinesToWrite, run: Run) {
  const inserted = await warehouse.insertLines(statements.requests, content, parameters, run).catch(blameContent)
  const { writtenRows } = inserted
  const rejectedLines = inserted.readLines - writtenRows
  if (rejectedLines > 0) {
    const again = { queryId: `${run.queryId}-rejected`, signal: run.signal, settings: rejectedSettings }
    await warehouse.insertLines(statements.rejected, content, parameters, again)
  }
  return { writtenRows, rejectedLines }
}

const parametersOf = (
  { format, batch, loadIds, linesBefore }: LoadsToWrite,
  {
    profile,
    ...given
  }: { firstKeptMs: number; nowMs: number; unknownClientArea: UnknownClientArea; profile: PrivacyProfile },
  allowedDomains: readonly string[] | null,
) =>
  loadParameters(
    format,
    {
      loadId: loadIds[0] ?? 0,
      serviceArea: batch.service_area,
      defaultDomain: batch.default_domain ?? '',
      allowedDomains: allowedAsBound(allowedDomains),
      countAlso: JSON.parse(batch.count_also_json) as string[],
      linesBefore,
      logZone: batch.log_zone,
      ...given,
    },
    profile,
  )

const tooOldReason: RejectionReason = 'before_retention'

type Rejected = { loadId: number; reason: string; lines: number; bytes: number }

function figuresOf(summary: Summary | undefined, rejected: Rejected[], firstKeptMs: number) {
  const requests = summary?.requests ?? 0
  const { rejectedLines, headerLines } = splitHeaders(rejected)
  const isTooOld = requests === 0 && rejected.some((row) => row.reason === tooOldReason)
  return {
    lines: requests + rejectedLines + headerLines,
    requests,
    rejected_lines: rejectedLines,
    header_lines: headerLines,
    rejected_json: JSON.stringify(rejected.map((row) => [row.reason, row.lines])),
    rejectedReasons: rejected,
    flux_bytes: summary?.fluxBytes ?? 0,
    first_time_ms: summary?.firstTimeMs ?? null,
    last_time_ms: summary?.lastTimeMs ?? null,
    domains: summary?.domains ?? [],
    tooOldForMs: isTooOld ? firstKeptMs : null,
  }
}

/**
 * A batch of requests that are all too old says so, rather than that none of its lines counts.
 * @throws AppError FLUXPORT.0302
 */
export function assertNotTooOld({ tooOldForMs }: LoadFigures): void {
  if (tooOldForMs === null) return
  const first = new Date(tooOldForMs).toISOString()
  throw new AppError('FLUXPORT.0302', `Its requests are older than what is kept, which begins at ${first}`)
}

/**
 * Ends an insert whose connection broke and that may still run at a server, before its loads are given up. If the
 * server does not answer, purging ends the insert.
 */
const endingLeft =
  (warehouse: Warehouse, { queryId }: Run) =>
  async (error: unknown): Promise<never> => {
    if (error instanceof WarehouseUnavailable) await warehouse.kill(queryId).catch(() => undefined)
    throw error
  }

/** Records the spans of loads that were written together, under the first one's name. */
export function recordSpans(warehouse: Warehouse, spans: WrittenSpan[], signal: AbortSignal): Promise<void> {
  const run = { queryId: `${loadQueryId(spans[0]?.loadId ?? 0)}-spans`, signal }
  return recordLoadSpans(warehouse, spans, run).catch(endingLeft(warehouse, run))
}

/** A log that cannot be decompressed is the sender's fault, whether the server or the engine notices it. */
function blameContent(error: unknown): never {
  if (!(error instanceof WarehouseRefused) || !undecodableCodes.includes(error.code)) throw error
  const problem = 'The compressed content is truncated or damaged, or has other bytes behind it; nothing was loaded'
  throw new AppError('FLUXPORT.0102', problem, { cause: error })
}

/** The database's signed 64 bits bound a load's bytes, and so any part of them in a rollup. */
const fluxBytesMax = 2n ** 63n - 1n
const tooMuchTraffic = `The bytes of its requests come to more than ${fluxBytesMax}, the most that is counted; nothing was loaded`

/** The traffic of 5 minutes alone may exceed the rollup's type. */
function blameTraffic(error: unknown): never {
  if (!(error instanceof AppError) || error.code !== 'FLUXPORT.0303') throw error
  throw new AppError('FLUXPORT.0303', tooMuchTraffic, { cause: error })
}

/** @throws AppError FLUXPORT.0303 */
function assertFits(summaries: readonly Summary[]) {
  if (summaries.some(({ fluxBytes }) => fluxBytes > fluxBytesMax)) throw new AppError('FLUXPORT.0303', tooMuchTraffic)
}

const rejectedOf = (warehouse: Warehouse, loadIds: number[]) => warehouse.rows<Rejected>(rejectedOfLoads, { loadIds })

/** Rows read back must equal the rows written: both readings of a log must agree on its number of lines. */
function assertSum<Name extends string>(loadIds: number[], name: Name, expected: number, rows: Record<Name, number>[]) {
  const found = rows.reduce((sum, row) => sum + row[name], 0)
  if (found !== expected)
    throw new Error(`loads ${loadIds.join(', ')}: ${expected} ${name} written, ${found} read back`)
}

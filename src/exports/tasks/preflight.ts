import { type Static, Type } from 'typebox'
import { BucketCountsSchema, SourcesSchema, State } from '../../coverage/coverage-routes.ts'
import { AppError } from '../../errors.ts'
import type { Caller } from '../../http/caller.ts'
import { Nullable, UnixMs } from '../../http/schemas.ts'
import { pinDataVersion } from '../../ledger/data-version.ts'
import { seenByAccount } from '../../ledger/seen-by-account.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Asked } from '../../ports/warehouse/questions.ts'
import { reports } from '../reports/catalogue.ts'
import { coverageOf } from '../reports/coverage-summary.ts'
import type { ReportInput } from '../reports/report.ts'
import { notFinalText, readTaskCoverage } from '../reports/task-coverage.ts'
import { readWatermarks } from '../reports/watermarks.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { limitProblem } from './create-task.ts'
import { createLimitsOf, type Plan, type PlanDeps, sizeOf, sizeProblem } from './plan-export.ts'
import { TrafficShare, trafficShare } from './traffic-share.ts'

/** The file that a create would make, and its part of the traffic. */
export const Preflight = Type.Object({
  effective: Type.Object({
    start_time: UnixMs('First bucket'),
    end_time: UnixMs('End of the last bucket'),
    time_zone: Type.String(),
    service_area: Type.String(),
    cut_at: Nullable(UnixMs('The asked range went on, and is cut here as the rest lies in the future')),
  }),
  traffic: Nullable(TrafficShare),
  domains_of_other_accounts: Nullable(
    Type.Integer({ description: 'To operators: domains that belong to other accounts, which no file of this one has' }),
  ),
  rows: Type.Integer({ description: 'At most this many rows' }),
  bytes: Type.Integer({ description: 'Estimated bytes before compression' }),
  sheets: Nullable(Type.Integer({ description: 'Sheets of a workbook with rows; one more sheet describes the file' })),
  seconds: Type.Integer({ description: 'Estimated seconds of work' }),
  coverage: Type.Object({
    domains_with_data: Type.Integer(),
    domains_without_data: Type.Integer(),
    logged_until: Nullable(UnixMs('Last bucket with a request of any domain')),
    logged_until_least: Nullable(UnixMs('Last bucket of the domain that is furthest behind')),
    judged_at: UnixMs('The data became this version at this time'),
    buckets: BucketCountsSchema,
    sources: SourcesSchema,
    ranges: Type.Array(Type.Object({ start_time: UnixMs('First bucket'), end_time: UnixMs('End'), state: State }), {
      description: 'Ranges of all domains as one; the first 1,000',
    }),
    ranges_total: Type.Integer(),
  }),
  not_final: Nullable(Type.String({ description: 'The first bucket that is not final; null when all are' })),
  allowed: Type.Boolean(),
  problem: Nullable(Type.String({ description: 'The limit that the file would exceed, and what to do' })),
})

export type PreflightAnswer = Static<typeof Preflight>

/** Rows of a sheet without its header. */
const sheetRows = 1_048_575

/** Sheets with rows: each table begins one, and the long one is the first. */
const sheetsOf = (request: ExportRequest, rows: number) =>
  reports[request.action].tables(request).length - 1 + Math.max(1, Math.ceil(rows / sheetRows))

/** Describes the file of a create with this body, without making it. */
export async function preflight(
  deps: PlanDeps,
  engine: Asked,
  caller: Pick<Caller, 'accountId' | 'role'>,
  plan: Plan,
): Promise<PreflightAnswer> {
  const { request, rowsMax, settings } = plan
  const { accountId, role } = caller
  const pinned = await deps.database.write((tx) => pinDataVersion(deps.database, tx, accountId))
  const asked = await seenByAccount(deps.database, accountId, request.domains, pinned)
  const { domains, version } = asked
  deps.questions.assertSize(domains.length, request)
  const rows: ReportInput['rows'] = (sql, parameters, settings) => engine.rows(sql, parameters, settings)
  const seen = { rows, request, domains, version }
  const found = await readTaskCoverage({ ...seen, accountId })
  const notFinal = notFinalText(found)
  const limit =
    sizeProblem(plan) ?? (await limitProblem(deps.database.queries, accountId, createLimitsOf(settings, deps)))
  const all = request.domains === null ? asked : await seenByAccount(deps.database, accountId, null, pinned)
  const problem = limit ?? (request.requireFinal?.waitSeconds === 0 ? notFinal : null)
  return {
    effective: {
      start_time: request.startTimeMs,
      end_time: request.endTimeMs,
      time_zone: request.timeZone,
      service_area: request.serviceArea,
      cut_at: plan.isCut ? request.endTimeMs : null,
    },
    traffic: await trafficShare({ rows, request, ...all }, domains).catch(unlessTooLarge),
    domains_of_other_accounts: role === 'operator' ? await domainsOfOthers(deps.database, accountId) : null,
    rows: rowsMax,
    ...sizeOf(request.format, rowsMax),
    sheets: request.format === 'xlsx' ? sheetsOf(request, rowsMax) : null,
    coverage: coverageOf({ domains, watermarks: await readWatermarks(seen), coverage: found }),
    not_final: notFinal,
    allowed: problem === null,
    problem,
  }
}

/** A sum that 64 bits do not hold is told by nobody: the file itself may be of less. */
function unlessTooLarge(error: unknown): null {
  if (error instanceof AppError && error.code === 'FLUXPORT.0303') return null
  throw error
}

async function domainsOfOthers({ queries }: Database, accountId: string): Promise<number> {
  const { count } = await queries
    .selectFrom('domain')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('account_id', 'is not', null)
    .where('account_id', '!=', accountId)
    .executeTakeFirstOrThrow()
  return Number(count)
}

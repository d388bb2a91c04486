import { type Static, Type } from 'typebox'
import { firstAccountId } from '../../accounts/accounts.ts'
import { allAccounts, NamedAccountSchema, namedAccount, type Whose } from '../../accounts/whose.ts'
import { BucketCountsSchema, SourcesSchema, State } from '../../coverage/coverage-routes.ts'
import { AppError } from '../../errors.ts'
import type { Asker } from '../../http/caller.ts'
import { Nullable, UnixMs } from '../../http/schemas.ts'
import { pinDataVersion } from '../../ledger/data-version.ts'
import { readFloors } from '../../ledger/floors.ts'
import { seenBy } from '../../ledger/seen-by-account.ts'
import type { Database } from '../../ports/database/database.ts'
import type { Asked } from '../../ports/warehouse/questions.ts'
import { readWatermarks } from '../../usage/rows/watermarks.ts'
import { reports } from '../reports/catalogue.ts'
import { coverageOf } from '../reports/coverage-summary.ts'
import type { ReportInput } from '../reports/report.ts'
import { notFinalText, readTaskCoverage } from '../reports/task-coverage.ts'
import { readUnknownClients } from '../reports/unknown-clients.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { limitProblem } from './create-task.ts'
import { HiddenTraffic, hiddenTraffic } from './hidden-traffic.ts'
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
  account: Nullable(NamedAccountSchema),
  traffic: Nullable(TrafficShare),
  hidden_traffic: Nullable(HiddenTraffic),
  unknown_clients: Nullable(
    Type.Object(
      { requests: Type.Integer(), flux: Type.String({ description: 'Bytes, a whole number' }) },
      {
        description:
          'Traffic in the file, before filters by place, of clients whose country nobody knows; null: what it is counted from is dropped',
      },
    ),
  ),
  domains_of_other_accounts: Nullable(
    Type.Integer({
      description: 'To operators: domains of accounts whose data were not asked for: account=all has them',
    }),
  ),
  rows: Type.Integer({ description: 'At most this many rows' }),
  bytes: Type.Integer({ description: 'Estimated bytes before compression' }),
  sheets: Nullable(
    Type.Integer({ description: 'Sheets of a workbook with rows; one more describes the file. Null for a bill' }),
  ),
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
  faulty_deliveries: Type.Object(
    { refused_files: Type.Integer(), silences: Type.Integer() },
    {
      description:
        'Of a bill: files of its range that came and were not taken, quarantined ones too, and unexpected silences. A bucket may look whole without them. Zero of another file',
    },
  ),
  not_final: Nullable(
    Type.String({
      description:
        'The first bucket that is neither final nor reported; with require_final=strict, that is not final; null without one',
    }),
  ),
  allowed: Type.Boolean(),
  problem: Nullable(Type.String({ description: 'The limit that the file would exceed, and what to do' })),
})

export type PreflightAnswer = Static<typeof Preflight>

/** Rows of a sheet without its header, and without the place of a total. */
const sheetRows = 1_048_575
const totalRows = 2

/** Sheets with rows: each table begins one, and the long one is the first. A bill has one for each of its series. */
function sheetsOf(request: ExportRequest, rows: number): number | null {
  if (request.action === 'bill') return null
  const [main, ...others] = reports[request.action].tables(request)
  return others.length + Math.max(1, Math.ceil(rows / (sheetRows - (main.summed ? totalRows : 0))))
}

/** Describes the file of a create with this body, without making it. */
export async function preflight(
  deps: PlanDeps,
  engine: Asked,
  { accountId, role }: Asker,
  plan: Plan,
): Promise<PreflightAnswer> {
  const { request, rowsMax, settings } = plan
  const whose = plan.whose ?? accountId
  const pinned = await deps.database.write((tx) => pinDataVersion(deps.database, tx, whose))
  const asked = await seenBy(deps.database, whose, request.domains, pinned)
  const { domains } = asked
  deps.questions.assertSize(domains.length, request)
  const rows: ReportInput['rows'] = (sql, parameters, settings) => engine.rows(sql, parameters, settings)
  const seen = { rows, request, ...asked }
  const found = await readTaskCoverage(seen)
  const notFinal = notFinalText(found, request)
  const limit =
    sizeProblem(plan) ?? (await limitProblem(deps.database.queries, accountId, createLimitsOf(settings, deps)))
  const all = request.domains === null ? asked : await seenBy(deps.database, whose, null, pinned)
  const problem = limit ?? (request.requireFinal?.waitSeconds === 0 ? notFinal : null)
  return {
    effective: {
      start_time: request.startTimeMs,
      end_time: request.endTimeMs,
      time_zone: request.timeZone,
      service_area: request.serviceArea,
      cut_at: request.isCut ? request.endTimeMs : null,
    },
    account: plan.whose === null ? null : await namedAccount(deps.database, plan.whose),
    traffic: await trafficShare({ rows, request, ...all }, domains).catch(unlessTooLarge),
    hidden_traffic: role === 'operator' ? await hiddenTraffic({ rows, request, ...all }).catch(unlessTooLarge) : null,
    unknown_clients: await readUnknownClients(seen, await readFloors(deps.database.queries)),
    domains_of_other_accounts: role === 'operator' ? await domainsOfOthers(deps.database, whose) : null,
    rows: rowsMax,
    ...sizeOf(request.format, rowsMax),
    sheets: request.format === 'xlsx' ? sheetsOf(request, rowsMax) : null,
    coverage: coverageOf({ domains, watermarks: await readWatermarks(seen), coverage: found }),
    faulty_deliveries: {
      refused_files: found.deliveries.refused.length,
      silences: found.deliveries.silences.length,
    },
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

/** Domains of nobody are the first account's, and so are others' to any other account. */
async function domainsOfOthers(database: Database, whose: Whose): Promise<number> {
  if (whose === allAccounts) return 0
  const isFirst = whose === (await firstAccountId(database))
  const { count } = await database.queries
    .selectFrom('domain')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where((eb) => {
      const ofOther = eb('account_id', '!=', whose)
      return isFirst ? ofOther : eb.or([ofOther, eb('account_id', 'is', null)])
    })
    .executeTakeFirstOrThrow()
  return Number(count)
}

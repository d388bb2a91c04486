import type { Static } from 'typebox'
import { askedWhose } from '../../accounts/whose.ts'
import type { Caller } from '../../http/caller.ts'
import { whileConnected } from '../../http/client-gone.ts'
import { errorAnswers } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import type { NumbersFor } from '../../ledger/batch-numbers.ts'
import type { Asked } from '../../ports/warehouse/questions.ts'
import { askedMonth, askedZone } from '../../statistics/asked-range.ts'
import { namedDomains } from '../../statistics/domain-name.ts'
import { askedCoverage } from '../asked-coverage.ts'
import type { CoverageRouteDeps } from '../coverage-routes.ts'
import { likelyZones } from '../read-rhythms.ts'
import { readMonth } from './month.ts'
import { type ZoneDay, zoneDays } from './month-days.ts'
import { MonthAnswer, MonthQuery, rowsDefault } from './month-schema.ts'

type MonthRouteDeps = CoverageRouteDeps & { numbersFor: NumbersFor }

/** The route of a month's deliveries, day by day and domain by domain. */
export function monthRoutes(server: Routes, deps: MonthRouteDeps): void {
  const schema = {
    operationId: 'showMonthDeliveries',
    tags: ['Coverage'],
    summary: 'Says of each day and domain of a month what came, and what is wrong with it',
    querystring: MonthQuery,
    response: { 200: MonthAnswer, ...errorAnswers },
  }
  const config = { access: { roles: ['operator', 'account'] as const } }
  server.get('/api/v1/month-deliveries', { config, schema }, (request) => {
    const caller = callerOf(request)
    return whileConnected(request, (gone) =>
      deps.questions.ask(caller.accountId, gone, (engine) => showMonth(deps, engine, caller, request.query)),
    )
  })
}

async function showMonth(
  deps: MonthRouteDeps,
  engine: Asked,
  caller: Caller,
  query: Static<typeof MonthQuery>,
): Promise<Static<typeof MonthAnswer>> {
  const named = await askedWhose(deps.database, caller, query.account)
  const whose = named ?? caller.accountId
  const timeZone = query.time_zone ? askedZone('time_zone', query.time_zone) : deps.timeZone
  const nowMs = deps.nowMs()
  const { name: month } = askedMonth(query.month, timeZone, nowMs)
  const { days, before } = daysOf(month, timeZone, nowMs)
  const range = { startTimeMs: days[0]?.startMs ?? 0, endTimeMs: days.at(-1)?.endMs ?? 0 }
  const domains = namedDomains(query.domain_name)
  const question = await askedCoverage({ ...deps, engine }, caller, { named, domains, range })
  const showsBatchesOf = question.accountNames === null ? whose : null
  const numbers = await deps.numbersFor(caller)
  const page = { limit: query.limit ?? rowsDefault, offset: query.offset ?? 0 }
  const found = await readMonth(
    { ...question, silencesIn: likelyZones(timeZone, deps.timeZone) },
    { days, before, timeZone, showsBatchesOf, numbers },
    page,
  )
  return {
    ...{ month, time_zone: timeZone, data_version: question.version.shownVersion },
    ...{ start_time: range.startTimeMs, end_time: range.endTimeMs },
    ...found,
  }
}

const weeksBefore = 28
const dayMs = 86_400_000

/** The days of a month up to the present one, and those before it that they are compared with. */
function daysOf(month: string, timeZone: string, nowMs: number): { days: ZoneDay[]; before: ZoneDay[] } {
  const [year = 0, number = 0] = month.split('-').map(Number)
  const [first, next] = [Date.UTC(year, number - 1) / dayMs, Date.UTC(year, number) / dayMs]
  const days = zoneDays(first, next, timeZone).filter(({ startMs }) => startMs <= nowMs)
  return { days, before: zoneDays(first - weeksBefore, first, timeZone) }
}

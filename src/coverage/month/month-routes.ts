import type { Static } from 'typebox'
import { askedWhose } from '../../accounts/whose.ts'
import { parameterError, quoted } from '../../errors.ts'
import type { Caller } from '../../http/caller.ts'
import { whileConnected } from '../../http/client-gone.ts'
import { errorAnswers } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import type { NumbersFor } from '../../ledger/batch-numbers.ts'
import type { Asked } from '../../ports/warehouse/questions.ts'
import { askedZone, timeMsMax } from '../../statistics/asked-range.ts'
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
  const { days, before } = daysOf(query.month, timeZone, deps.nowMs())
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
    ...{ month: query.month, time_zone: timeZone, data_version: question.version.shownVersion },
    ...{ start_time: range.startTimeMs, end_time: range.endTimeMs },
    ...found,
  }
}

const weeksBefore = 28

/** The days of a month up to the present one, and those before it that they are compared with. */
function daysOf(month: string, timeZone: string, nowMs: number): { days: ZoneDay[]; before: ZoneDay[] } {
  const firstMs = /^\d{4}-(0[1-9]|1[0-2])$/.test(month) ? Date.parse(`${month}-01T00:00:00Z`) : Number.NaN
  if (Number.isNaN(firstMs) || firstMs < 86_400_000 * 31 || firstMs >= timeMsMax)
    throw parameterError('month', `${quoted(month)} is not a month from 1970-02 to 2099-12, written as 2026-09`)
  const first = firstMs / 86_400_000
  const [year = 0, number = 0] = month.split('-').map(Number)
  const next = Date.UTC(year, number) / 86_400_000
  const days = zoneDays(first, next, timeZone).filter(({ startMs }) => startMs <= nowMs)
  if (days.length === 0) throw parameterError('month', 'it lies in the future')
  return { days, before: zoneDays(first - weeksBefore, first, timeZone) }
}

import type { FastifyRequest } from 'fastify'
import { commitOf } from '../../accounts/account-settings.ts'
import { allAccounts, askedWhose, type Whose } from '../../accounts/whose.ts'
import { wholeNumber } from '../../exact-json.ts'
import { whileConnected } from '../../http/client-gone.ts'
import { errorAnswers } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import { assertKept } from '../../ledger/assert-kept.ts'
import type { AccountCommit } from '../../ports/database/account-commit.ts'
import type { Asked } from '../../ports/warehouse/questions.ts'
import { type BillingRule, billingRuleText } from '../bills/billing-rule.ts'
import { entityTag, isHeld } from '../entity-tag.ts'
import { type KnownBuckets, readKnownBuckets } from '../known-buckets.ts'
import { type PinnedData, readPinned } from '../pinned.ts'
import { sendTagged, type UsageRouteDeps } from '../usage-routes.ts'
import { statesMax } from '../usage-schema.ts'
import { askedMonthToDate, type MonthQuestion } from './asked-month.ts'
import { forecastText, readForecasts, readModelDays, tooFewDays, whyNoForecast } from './forecast.ts'
import { MonthAnswer, MonthParameters } from './month-schema.ts'
import { aboveView, commitView, figuresView, type SeriesOfMonth } from './month-views.ts'
import { type Month, monthOf, readRequests, readSoFar, slicesOf } from './read-month.ts'

export type MonthToDateDeps = UsageRouteDeps & { billingRule: BillingRule }

/** The route of a month to date. Deliveries of a month have another one (coverage/month). */
export function monthToDateRoutes(server: Routes, deps: MonthToDateDeps): void {
  const schema = {
    operationId: 'showMonth',
    tags: ['Usage'],
    summary: 'A month to date by the rule of bills: traffic, percentile and its room, forecast, distance to the commit',
    querystring: MonthParameters,
    response: { 200: MonthAnswer, ...errorAnswers },
  }
  const config = { access: { roles: ['operator', 'account'] as const } }
  server.get('/api/v1/month', { config, schema }, async (request, reply) => {
    const { accountId } = callerOf(request)
    const answer = await whileConnected(request, (gone) =>
      deps.questions.ask(accountId, gone, (engine) => showMonth(deps, engine, request)),
    )
    return sendTagged(request, reply, answer)
  })
}

/** A forecast repeats days of up to a week before the month; one more where clocks change. */
const modelReachMs = 8 * 86_400_000

async function showMonth(deps: MonthToDateDeps, engine: Asked, request: FastifyRequest & { query: MonthParameters }) {
  const { database, billingRule } = deps
  const { query: asked, headers } = request
  const caller = callerOf(request)
  const whose = (await askedWhose(database, caller, asked.account)) ?? caller.accountId
  const question = askedMonthToDate(asked, deps.timeZone, deps.nowMs())
  const { startTimeMs } = question.month
  await assertKept(database, [{ source: 'usage', startTimeMs }])
  const data = {
    ...{ whose, domains: question.domains, dataVersion: asked.data_version ?? null },
    startTimeMs: question.isOver ? startTimeMs : startTimeMs - modelReachMs,
  }
  const commit = await askedCommit(deps, whose, question)
  return await readPinned(database, engine, data, async (pinned) => {
    const tag = entityTag(pinned, { whose, question, commit, billingRule })
    if (isHeld(headers['if-none-match'] ?? '', tag)) return { tag, answer: null }
    const json = await readAnswer({ deps, engine, pinned, question, commit })
    return { tag, answer: { json, csv: null } }
  })
}

/** A commit is of all traffic of one account. */
async function askedCommit(
  { database }: MonthToDateDeps,
  whose: Whose,
  { domains, serviceArea }: MonthQuestion,
): Promise<AccountCommit | null> {
  if (whose === allAccounts || domains !== null || serviceArea !== 'global') return null
  return await commitOf(database, whose)
}

type Reading = {
  deps: MonthToDateDeps
  engine: Asked
  pinned: PinnedData
  question: MonthQuestion
  commit: AccountCommit | null
}

async function readAnswer({ deps, engine, pinned, question, commit }: Reading): Promise<MonthAnswer> {
  const { month: asked, untilMs } = question
  deps.questions.assertSize(pinned.domains.length, { startTimeMs: asked.startTimeMs, endTimeMs: untilMs })
  const { rows } = engine
  const range = { startMs: asked.startTimeMs, endMs: untilMs }
  const known = await readKnownBuckets({ rows, data: pinned, range })
  const { billingRule: rule } = deps
  const month = monthOf({ ...pinned, rows }, question, { rule, loggedUntilMs: known.loggedUntilMs })
  const [total, ...domains] = await readAllSeries(deps, month, known)
  if (!total) throw new Error('a month without its total')
  const view = figuresView(month, total)
  const hasForecast = [total, ...domains].some(({ forecast }) => forecast !== null)
  const { startTimeMs: start_time, endTimeMs: end_time } = month.model
  return {
    ...{ data_version: pinned.version.shownVersion, month: asked.name },
    ...{ time_zone: question.timeZone, service_area: question.serviceArea },
    ...{ start_time: asked.startTimeMs, end_time: asked.endTimeMs, until_time: untilMs },
    ...statesView(known),
    rule: {
      discard_percent: rule.discardPercent,
      valid_day_bytes_over: rule.validDayBytesOver,
      overhead_percent: rule.overheadPercent,
      text: billingRuleText(rule, 'en'),
    },
    forecast_method: hasForecast ? { name: 'same_weekdays', text: forecastText, start_time, end_time } : null,
    total: view,
    above: aboveView(total.soFar),
    domains: domains.map((one, n) => ({ domain_name: pinned.domains[n] ?? '', ...figuresView(month, one) })),
    commit: commitView(commit, view),
  }
}

function statesView({ loggedUntilMs, states }: KnownBuckets) {
  const runs = states?.runs ?? []
  const shown = runs.slice(0, statesMax).map(({ startMs, endMs, value }) => ({
    ...{ start_time: startMs, end_time: endMs, state: value },
  }))
  return {
    logged_until: loggedUntilMs,
    judged_at: states?.judgedAtMs ?? null,
    buckets: states?.counts ?? null,
    states: states && shown,
    states_total: runs.length,
  }
}

/** The total, then each domain if they are asked for. */
async function readAllSeries(deps: MonthToDateDeps, month: Month, known: KnownBuckets): Promise<SeriesOfMonth[]> {
  const requests = await readRequests(month)
  const all = [...requests.values()].reduce((sum: bigint, one) => sum + BigInt(one), 0n)
  const whyNone = await whyNoForecast(deps.database, month, known.loggedUntilMs !== null)
  const daysOf = whyNone === null ? await readModelDays(month) : () => 0
  const found: SeriesOfMonth[] = []
  for (const { kind, domains } of slicesOf(month)) {
    const soFar = await readSoFar(month, kind, domains)
    const named = kind === 'each' ? domains : [null]
    const missing = named.map((domain) => whyNone ?? tooFewDays(daysOf(domain)))
    const forecasts = missing.includes(null) ? await readForecasts(month, kind, domains) : []
    for (const [n, domain] of named.entries()) {
      const one = soFar[n]
      if (!one) throw new Error('a series of a month without its row')
      found.push({
        soFar: one,
        requests: domain === null ? wholeNumber(String(all)) : (requests.get(domain) ?? 0),
        forecast: missing[n] === null ? (forecasts[n] ?? null) : null,
        forecastMissing: missing[n] ?? null,
      })
    }
  }
  return found
}

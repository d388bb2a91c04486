import type { FastifyRequest } from 'fastify'
import { readCommits } from '../../accounts/account-settings.ts'
import { allAccounts, askedWhose, type Whose } from '../../accounts/whose.ts'
import { whileConnected } from '../../http/client-gone.ts'
import { errorAnswers } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import { assertKept } from '../../ledger/assert-kept.ts'
import type { AccountCommit } from '../../ports/database/account-commit.ts'
import type { Asked } from '../../ports/warehouse/questions.ts'
import { type BillingRule, billingRuleText } from '../bills/billing-rule.ts'
import { wantsCsv } from '../csv.ts'
import { entityTag, isHeld } from '../entity-tag.ts'
import { type KnownBuckets, readKnownBuckets } from '../known-buckets.ts'
import { type PinnedData, readPinned } from '../pinned.ts'
import { sendTagged, type UsageRouteDeps } from '../usage-routes.ts'
import { statesMax } from '../usage-schema.ts'
import { readAccountMonths } from './account-months.ts'
import { askedMonthToDate, type MonthQuestion } from './asked-month.ts'
import { forecastText } from './forecast.ts'
import { monthCsv } from './month-csv.ts'
import { aboveMax, MonthAnswer, MonthParameters } from './month-schema.ts'
import { aboveView, commitView, figuresView } from './month-views.ts'
import { monthOf } from './read-month.ts'
import { seriesReader } from './series-of-month.ts'

export type MonthToDateDeps = UsageRouteDeps & { billingRule: BillingRule }

/** The route of a month to date. Deliveries of a month have another one (coverage/month). */
export function monthToDateRoutes(server: Routes, deps: MonthToDateDeps): void {
  const schema = {
    operationId: 'showMonth',
    tags: ['Usage'],
    summary:
      'A month to date by the rule of bills: traffic, percentile and its room, forecast, distance to the commit; JSON, or CSV',
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
  const commits = await askedCommits(deps, whose, question)
  return await readPinned(database, engine, data, async (pinned) => {
    const isCsv = wantsCsv(headers.accept)
    const tag = entityTag(pinned, { whose, question, commits: [...commits], billingRule, isCsv })
    if (isHeld(headers['if-none-match'] ?? '', tag)) return { tag, answer: null }
    const json = await readAnswer({ deps, engine, pinned, whose, question, commits })
    return { tag, answer: { json, csv: () => monthCsv(json, question.groupBy) } }
  })
}

/** Commits by account. Each is of all traffic of its account, and there is none beside a part of it. */
async function askedCommits(
  { database }: MonthToDateDeps,
  whose: Whose,
  { domains, serviceArea, groupBy }: MonthQuestion,
): Promise<ReadonlyMap<Whose, AccountCommit>> {
  const isOfAll = whose === allAccounts
  if (domains !== null || serviceArea !== 'global' || (isOfAll && groupBy !== 'account')) return new Map()
  return await readCommits(database, isOfAll ? null : whose)
}

type Reading = {
  deps: MonthToDateDeps
  engine: Asked
  pinned: PinnedData
  whose: Whose
  question: MonthQuestion
  commits: ReadonlyMap<Whose, AccountCommit>
}

async function readAnswer({ deps, engine, pinned, whose, question, commits }: Reading): Promise<MonthAnswer> {
  const { month: asked, untilMs } = question
  deps.questions.assertSize(pinned.domains.length, { startTimeMs: asked.startTimeMs, endTimeMs: untilMs })
  const { rows } = engine
  const range = { startMs: asked.startTimeMs, endMs: untilMs }
  const known = await readKnownBuckets({ rows, data: pinned, range })
  const { billingRule: rule } = deps
  const month = monthOf({ ...pinned, rows }, question, { rule, loggedUntilMs: known.loggedUntilMs })
  const read = await seriesReader(deps.database, month, known.loggedUntilMs !== null)
  const [total] = await read([pinned.domains], aboveMax)
  if (!total) throw new Error('a month without its total')
  const named = question.groupBy === 'domain' ? pinned.domains : []
  const domains = await read(
    named.map((domain) => [domain]),
    0,
  )
  const accounts =
    question.groupBy === 'account'
      ? await readAccountMonths({ ...{ database: deps.database, pinned, rows, question, rule, known }, commits })
      : []
  const view = figuresView(month, total)
  const hasForecast = [total, ...domains, ...accounts].some(({ forecast }) => forecast !== null)
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
    domains: domains.map((one, n) => ({ domain_name: named[n] ?? '', ...figuresView(month, one) })),
    accounts,
    commit: commitView(commits.get(whose), view),
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

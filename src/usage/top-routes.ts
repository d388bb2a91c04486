import type { FastifyRequest } from 'fastify'
import { askedWhose } from '../accounts/whose.ts'
import { AppError, parameterError } from '../errors.ts'
import { whileConnected } from '../http/client-gone.ts'
import { errorAnswers } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { assertKept, type Need } from '../ledger/assert-kept.ts'
import type { Asked } from '../ports/warehouse/questions.ts'
import { askedRange } from '../statistics/asked-range.ts'
import { namedDomains } from '../statistics/domain-name.ts'
import type { ServiceArea } from '../statistics/service-areas.ts'
import { areaOf, askedPlaces, oneOf, usageZone } from './asked-usage.ts'
import { csvOf, wantsCsv } from './csv.ts'
import { entityTag, isHeld } from './entity-tag.ts'
import { readPoints } from './figures/read-series.ts'
import { bucketsOf, wholeRange } from './figures/usage-buckets.ts'
import { needsOf, ofAllTraffic, type UsageQuery } from './figures/usage-query.ts'
import { type PinnedData, readPinned } from './pinned.ts'
import { readTop, shareOf, type TopItem, topNeeds } from './top/read-top.ts'
import type { TopQuestion } from './top/top-items.ts'
import {
  type ItemKind,
  itemKindNames,
  itemKinds,
  limitDefault,
  measures,
  TopAnswer,
  TopParameters,
} from './top-schema.ts'
import { sendTagged, type UsageRouteDeps } from './usage-routes.ts'

/** The route of items that rank highest. */
export function topRoutes(server: Routes, deps: UsageRouteDeps): void {
  const schema = {
    operationId: 'showTop',
    tags: ['Usage'],
    summary: 'URLs, paths, referrers, user agents, addresses or domains by traffic or requests; JSON, or CSV',
    querystring: TopParameters,
    response: { 200: TopAnswer, ...errorAnswers },
  }
  const config = { access: { roles: ['operator', 'account'] as const } }
  server.get('/api/v1/top', { config, schema }, async (request, reply) => {
    const { accountId } = callerOf(request)
    const answer = await whileConnected(request, (gone) =>
      deps.questions.ask(accountId, gone, (engine) => showTop(deps, engine, request)),
    )
    return sendTagged(request, reply, answer)
  })
}

type Question = TopQuestion & { kind: ItemKind; timeZone: string; serviceArea: ServiceArea }

function askedTop({ limit = limitDefault, ...asked }: TopParameters, serverZone: string, nowMs: number): Question {
  const timeZone = usageZone(asked.time_zone, serverZone)
  const range = askedRange(asked, timeZone, nowMs)
  const { startTimeMs, endTimeMs, starts } = bucketsOf(
    { ...range, endTimeMs: Math.min(range.endTimeMs, nowMs) },
    300,
    timeZone,
  )
  if (starts.length === 0) throw parameterError('start_time', 'it lies in the future')
  return {
    ...{ startTimeMs, endTimeMs, timeZone },
    kind: oneOf('of', itemKindNames, asked.of),
    statType: oneOf('by', measures, asked.by || 'flux') === 'flux' ? 'flux' : 'req_num',
    groupBy: asked.group_by ? oneOf('group_by', ['domain'] as const, asked.group_by) : null,
    topRows: limit,
    serviceArea: areaOf(asked.service_area),
    ...askedPlaces(asked),
  }
}

async function showTop(deps: UsageRouteDeps, engine: Asked, request: FastifyRequest & { query: TopParameters }) {
  const { database } = deps
  const { query: asked, headers } = request
  const caller = callerOf(request)
  const whose = (await askedWhose(database, caller, asked.account)) ?? caller.accountId
  const question = askedTop(asked, deps.timeZone, deps.nowMs())
  await assertKept(database, needsOfTop(question))
  const { startTimeMs } = question
  const data = { whose, domains: namedDomains(asked.domain_name), dataVersion: asked.data_version ?? null, startTimeMs }
  return await readPinned(database, engine, data, async (pinned) => {
    const tag = entityTag(pinned, { whose, question, isCsv: wantsCsv(headers.accept) })
    if (isHeld(headers['if-none-match'] ?? '', tag)) return { tag, answer: null }
    const json = viewOf(pinned, question, await readItems(engine, pinned, question))
    return { tag, answer: { json, csv: () => csvOfItems(json) } }
  })
}

function needsOfTop(question: Question): Need[] {
  const ranking = itemKinds[question.kind]
  return ranking === null ? needsOf(domainsQuery(question)) : topNeeds(ranking, question)
}

/** Domains are ranked from the sums, in one bucket of the whole range. */
const domainsQuery = ({ countries, provinces, carriers, serviceArea, timeZone, ...range }: Question): UsageQuery => ({
  ...ofAllTraffic,
  places: { countries, provinces, carriers },
  buckets: wholeRange(range, timeZone),
  serviceArea,
  metrics: ['flux', 'requests'],
  dimensions: ['domain'],
})

const domainsMax = 100_000

async function readItems(engine: Asked, data: PinnedData, question: Question): Promise<TopItem[]> {
  const { rows } = engine
  const ranking = itemKinds[question.kind]
  if (question.kind === 'origin_url') return []
  if (ranking === null)
    return rankedDomains(await readPoints({ ...data, rows }, domainsQuery(question), domainsMax), question)
  if (data.removedLoadIds.length > 0)
    throw new AppError('FLUXPORT.0301', 'The parameter data_version is invalid: requests of it were removed since')
  return await readTop({ ...data, rows }, ranking, question)
}

function rankedDomains(points: Awaited<ReturnType<typeof readPoints>>, { statType, topRows }: Question): TopItem[] {
  const all = points.map(({ keys: [domain = ''], figures }) => {
    const [flux, requests] = [figures.flux ?? 0, figures.requests ?? 0]
    return { domain, item: domain, flux, requests, value: statType === 'flux' ? flux : requests }
  })
  const total = all.reduce((sum: bigint, { value }) => sum + BigInt(value), 0n)
  return all
    .sort((a, b) => (a.value === b.value ? (a.domain < b.domain ? -1 : 1) : a.value < b.value ? 1 : -1))
    .slice(0, topRows)
    .map((item, n) => ({ ...item, rank: n + 1, total }))
}

const viewOf = ({ version }: PinnedData, question: Question, items: TopItem[]): TopAnswer => ({
  data_version: version.shownVersion,
  start_time: question.startTimeMs,
  end_time: question.endTimeMs,
  time_zone: question.timeZone,
  service_area: question.serviceArea,
  of: question.kind,
  by: question.statType === 'flux' ? 'flux' : 'requests',
  items: items.map((item) => ({
    rank: item.rank,
    domain_name: item.domain === '' ? null : item.domain,
    item: item.item,
    flux: item.flux,
    requests: item.requests,
    share: shareOf(item),
  })),
})

const csvOfItems = ({ of, items }: TopAnswer): string =>
  csvOf(
    ['domain', 'rank', of, 'flux', 'requests', 'share'],
    items.map((item) => [item.domain_name ?? '', item.rank, item.item, item.flux, item.requests, item.share]),
  )

import type { FastifyReply, FastifyRequest } from 'fastify'
import { askedWhose } from '../accounts/whose.ts'
import { whileConnected } from '../http/client-gone.ts'
import { errorAnswers } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import { assertKept } from '../ledger/assert-kept.ts'
import type { Database } from '../ports/database/database.ts'
import type { Asked, Questions } from '../ports/warehouse/questions.ts'
import { bucketMs } from '../statistics/bucket-length.ts'
import { namedDomains } from '../statistics/domain-name.ts'
import { offsetTime } from '../statistics/zone-offsets.ts'
import { askedUsage } from './asked-usage.ts'
import { csvOf, wantsCsv } from './csv.ts'
import { entityTag, isHeld } from './entity-tag.ts'
import { needsOf, type UsageQuery } from './figures/usage-query.ts'
import { type KnownBuckets, readKnownBuckets } from './known-buckets.ts'
import { type PinnedData, readPinned } from './pinned.ts'
import { readSeries, type Series } from './series.ts'
import { statesMax, UsageAnswer, UsageParameters } from './usage-schema.ts'

export type UsageRouteDeps = { database: Database; questions: Questions; timeZone: string; nowMs: () => number }

/** The route of usage by bucket. */
export function usageRoutes(server: Routes, deps: UsageRouteDeps): void {
  const schema = {
    operationId: 'showUsage',
    tags: ['Usage'],
    summary: 'Figures of a range by bucket, in one data version; JSON, or CSV with Accept: text/csv',
    querystring: UsageParameters,
    response: { 200: UsageAnswer, ...errorAnswers },
  }
  const config = { access: { roles: ['operator', 'account'] as const } }
  server.get('/api/v1/usage', { config, schema }, async (request, reply) => {
    const { accountId } = callerOf(request)
    const answer = await whileConnected(request, (gone) =>
      deps.questions.ask(accountId, gone, (engine) => showUsage(deps, engine, request)),
    )
    return sendTagged(request, reply, answer)
  })
}

/** An answer with its entity tag; `make` is called unless the client has it already. */
export type Tagged<T> = { tag: string; answer: T | null }

/** Sends an answer, or says that the client's own is the same. Without `csv` it is always JSON. */
export function sendTagged<T>(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  { tag, answer }: Tagged<{ json: T; csv: (() => string) | null }>,
): FastifyReply {
  reply.headers({ ETag: tag, Vary: 'Accept' })
  if (answer === null) return reply.code(304).send()
  if (answer.csv === null || !wantsCsv(headers.accept)) return reply.send(answer.json)
  return reply.header('Content-Type', 'text/csv; charset=utf-8').send(answer.csv())
}

type UsageRequest = FastifyRequest & { query: UsageParameters }

async function showUsage(deps: UsageRouteDeps, engine: Asked, request: UsageRequest) {
  const { database } = deps
  const { query: asked, headers } = request
  const caller = callerOf(request)
  const whose = (await askedWhose(database, caller, asked.account)) ?? caller.accountId
  const { query, compared } = askedUsage(asked, deps.timeZone, deps.nowMs())
  const startTimeMs = Math.min(query.buckets.startTimeMs, compared?.buckets.startTimeMs ?? query.buckets.startTimeMs)
  const domains = namedDomains(asked.domain_name)
  await assertKept(database, [...needsOf(query), ...(compared ? needsOf(compared) : [])])
  const question = { whose, domains, dataVersion: asked.data_version ?? null, startTimeMs }
  return await readPinned(database, engine, question, async (data) => {
    const tag = entityTag(data, {
      whose,
      query,
      compared,
      untilMs: untilOf(deps, query),
      isCsv: wantsCsv(headers.accept),
    })
    if (isHeld(headers['if-none-match'] ?? '', tag)) return { tag, answer: null }
    const [main, earlier] = [
      await readPart({ deps, engine, data, asked }, query),
      compared && (await readPart({ deps, engine, data, asked }, compared)),
    ]
    const json = { ...viewOf(data, main), comparison: earlier && comparisonView(earlier) }
    return { tag, answer: { json, csv: () => csvOfParts(main, earlier) } }
  })
}

/** The figures of one range, and its known buckets. */
type Part = { query: UsageQuery; known: KnownBuckets; series: Series[] }

/** The end of the buckets that have states: the rest of a day or month has none yet. */
const untilOf = ({ nowMs }: UsageRouteDeps, { buckets }: UsageQuery): number =>
  Math.min(buckets.endTimeMs, Math.ceil(nowMs() / bucketMs) * bucketMs)

type Reading = { deps: UsageRouteDeps; engine: Asked; data: PinnedData; asked: UsageParameters }

async function readPart({ deps, engine, data, asked }: Reading, query: UsageQuery): Promise<Part> {
  const { startTimeMs } = query.buckets
  const untilMs = untilOf(deps, query)
  deps.questions.assertSize(data.domains.length, { startTimeMs, endTimeMs: untilMs })
  const { rows } = engine
  const known = readKnownBuckets({ rows, data, range: { startMs: startTimeMs, endMs: untilMs } })
  const series = readSeries({ rows, data, query, parameters: asked }, known)
  // Neither goes on alone after the other has failed: the turn would be over.
  await Promise.allSettled([known, series])
  return { query, known: await known, series: await series }
}

function viewOf({ version }: PinnedData, part: Part): Omit<UsageAnswer, 'comparison'> {
  const { query, known } = part
  const { buckets, serviceArea } = query
  const runs = known.states?.runs ?? []
  return {
    data_version: version.shownVersion,
    time_zone: buckets.timeZone,
    interval: String(buckets.interval),
    service_area: serviceArea,
    logged_until: known.loggedUntilMs,
    judged_at: known.states?.judgedAtMs ?? null,
    buckets: known.states?.counts ?? null,
    states:
      known.states &&
      runs
        .slice(0, statesMax)
        .map(({ startMs, endMs, value }) => ({ start_time: startMs, end_time: endMs, state: value })),
    states_total: runs.length,
    ...comparisonView(part),
  }
}

const comparisonView = ({ query: { buckets }, series }: Part) => ({
  start_time: buckets.startTimeMs,
  end_time: buckets.endTimeMs,
  times: buckets.starts,
  series: series.map(({ keys, points, totals }) => ({ ...keys, points, totals })),
})

/** A row for each bucket and series; of two ranges the first column says which. */
function csvOfParts(main: Part, earlier: Part | null): string {
  const { dimensions, metrics } = main.query
  const titles = [...(earlier ? ['range'] : []), ...dimensions, 'time', ...metrics]
  const rowsOf = ({ query: { buckets }, series }: Part, name: string) =>
    series.flatMap(({ keys, points }) =>
      buckets.starts.map((startMs, n) => [
        ...(earlier ? [name] : []),
        ...dimensions.map((dimension) => keys[dimension] ?? ''),
        offsetTime(startMs, buckets.timeZone),
        ...metrics.map((metric) => points[metric]?.[n] ?? null),
      ]),
    )
  return csvOf(titles, [...rowsOf(main, 'asked'), ...(earlier ? rowsOf(earlier, 'compared') : [])])
}

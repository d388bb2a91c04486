import type { FastifyRequest } from 'fastify'
import { askedWhose } from '../../accounts/whose.ts'
import type { WholeNumber } from '../../exact-json.ts'
import type { Caller } from '../../http/caller.ts'
import { whileConnected } from '../../http/client-gone.ts'
import { errorAnswers } from '../../http/schemas.ts'
import { callerOf, type Routes } from '../../http/server.ts'
import { assertKept } from '../../ledger/assert-kept.ts'
import type { NumbersFor } from '../../ledger/batch-numbers.ts'
import { type BatchOfLoad, batchesOfLoads } from '../../ledger/batches-of-loads.ts'
import { readFloors } from '../../ledger/floors.ts'
import type { Asked } from '../../ports/warehouse/questions.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import { entityTag, isHeld } from '../entity-tag.ts'
import type { UsageData } from '../figures/read-series.ts'
import { needsOf } from '../figures/usage-query.ts'
import { readKnownBuckets } from '../known-buckets.ts'
import { type PinnedData, readPinned } from '../pinned.ts'
import { sendTagged, type UsageRouteDeps } from '../usage-routes.ts'
import { askedExplain, type ExplainQuestion } from './asked-explain.ts'
import { ExplainAnswer, ExplainParameters, explained } from './explain-schema.ts'
import { lineView, loadView, type Shown } from './explain-views.ts'
import {
  type ExplainedLoad,
  ofPoint,
  readFigure,
  readLines,
  readLoads,
  readPeakPoint,
  usageQueryOf,
} from './read-explained.ts'

export type ExplainRouteDeps = UsageRouteDeps & { numbersFor: NumbersFor }

/** The route from one figure to the logs that make it up. */
export function explainRoutes(server: Routes, deps: ExplainRouteDeps): void {
  const schema = {
    operationId: 'explainFigure',
    tags: ['Usage'],
    summary: 'Names the loads, batches, files and first lines that make up one figure of a domain and bucket',
    querystring: ExplainParameters,
    response: { 200: ExplainAnswer, ...errorAnswers },
  }
  const config = { access: { roles: ['operator', 'account'] as const } }
  server.get('/api/v1/explain', { config, schema }, async (request, reply) => {
    const { accountId } = callerOf(request)
    const answer = await whileConnected(request, (gone) =>
      deps.questions.ask(accountId, gone, (engine) => explain(deps, engine, request)),
    )
    return sendTagged(request, reply, answer)
  })
}

async function explain(deps: ExplainRouteDeps, engine: Asked, request: FastifyRequest & { query: ExplainParameters }) {
  const { database } = deps
  const { query: asked, headers } = request
  const caller = callerOf(request)
  const whose = (await askedWhose(database, caller, asked.account)) ?? caller.accountId
  const question = askedExplain(asked, deps.timeZone, deps.nowMs())
  await assertKept(database, needsOf(usageQueryOf(question)))
  const { startTimeMs } = question.buckets
  const data = { whose, domains: [question.domain], dataVersion: asked.data_version ?? null, startTimeMs }
  return await readPinned(database, engine, data, async (pinned) => {
    const untilMs = untilOf(deps, question)
    deps.questions.assertSize(1, { startTimeMs, endTimeMs: untilMs })
    const tag = entityTag(pinned, { whose, role: caller.role, question, untilMs })
    if (isHeld(headers['if-none-match'] ?? '', tag)) return { tag, answer: null }
    return { tag, answer: { json: await readAnswer({ deps, engine, caller, pinned, question, untilMs }), csv: null } }
  })
}

/** The end of the bucket, or of the present 5 minutes. */
const untilOf = ({ nowMs }: ExplainRouteDeps, { buckets }: ExplainQuestion): number =>
  Math.min(buckets.endTimeMs, Math.ceil(nowMs() / bucketMs) * bucketMs)

type Reading = {
  deps: ExplainRouteDeps
  engine: Asked
  caller: Caller
  pinned: PinnedData
  question: ExplainQuestion
  untilMs: number
}

async function readAnswer(reading: Reading): Promise<ExplainAnswer> {
  const { deps, engine, caller, pinned, question, untilMs } = reading
  const { buckets, domain, metric, cell, serviceArea } = question
  const data: UsageData = { ...pinned, rows: engine.rows }
  const range = { startMs: buckets.startTimeMs, endMs: untilMs }
  const known = await readKnownBuckets({ rows: engine.rows, data: pinned, range })
  const figure = await readFigure(data, question)
  const isKnown = known.isKnown(domain, { startMs: buckets.startTimeMs, endMs: buckets.endTimeMs })
  const pointMs = metric === 'peak_bandwidth' ? await readPeakPoint(data, question) : null
  const cellOfLoads = pointMs === null ? question : ofPoint(question, pointMs)
  const sum = metric === measureOf(question) ? figure : await readFigure(data, { ...cellOfLoads, metric: 'flux' })
  const { loads, loadsTotal, linesTotal } = await readLoads(data, cellOfLoads)
  const linesMissing = await missingLines(reading, loads, loadsTotal)
  const lines = linesMissing === null ? await readLines(data, cellOfLoads) : []
  const ids = [...loads, ...lines].map(({ loadId }) => loadId)
  const shown: Shown = {
    numbers: await deps.numbersFor(caller),
    batches: await batchesOfLoads(deps.database.queries, ids),
    isNamed: (batch: BatchOfLoad) => caller.role === 'operator' || batch.account_id === caller.accountId,
  }
  const zero = isKnown ? 0 : null
  return {
    ...{ data_version: pinned.version.shownVersion, domain_name: domain, metric },
    ...{ start_time: buckets.startTimeMs, end_time: buckets.endTimeMs },
    ...{ time_zone: buckets.timeZone, interval: String(buckets.interval), service_area: serviceArea, cell },
    value: isKnown ? (figure === undefined ? 0 : figure) : null,
    logged_until: known.loggedUntilMs,
    judged_at: known.states?.judgedAtMs ?? null,
    buckets: known.states?.counts ?? null,
    measure: measureOf(question),
    point_time: pointMs,
    sum: sum === undefined ? zero : sum,
    loads_total: loadsTotal,
    loads: loads.map((load) => loadView(load, shown)),
    other_loads: { loads: loadsTotal - loads.length, value: restOf(sum === undefined ? 0 : sum, loads) },
    lines_total: linesTotal,
    lines_missing: linesTotal === 0 ? null : linesMissing,
    lines: lines.map((line) => lineView(line, shown)),
  }
}

const measureOf = ({ metric }: ExplainQuestion) => explained[metric].measure

/** The sum less the listed parts; null if a log does not say its part. */
function restOf(sum: WholeNumber | null, loads: readonly { part: WholeNumber | null }[]): WholeNumber | null {
  if (sum === null || loads.some(({ part }) => part === null)) return null
  const rest = loads.reduce((left, { part }) => left - BigInt(part ?? 0), BigInt(sum))
  return rest <= Number.MAX_SAFE_INTEGER ? Number(rest) : rest
}

/** Sums are kept longer than requests, and those of some past versions longer than their requests. */
async function missingLines(
  { deps, pinned, question }: Reading,
  loads: readonly ExplainedLoad[],
  loadsTotal: number,
): Promise<string | null> {
  const { request } = await readFloors(deps.database.queries)
  if (question.buckets.startTimeMs < request)
    return `requests are kept from ${new Date(request).toISOString()} on; the sums of the figure are kept`
  const removed = new Set(pinned.removedLoadIds)
  const mayBeRemoved = removed.size > 0 && loadsTotal > loads.length
  return mayBeRemoved || loads.some(({ loadId }) => removed.has(loadId))
    ? 'logs of this data version were replaced since, and their lines are removed'
    : null
}

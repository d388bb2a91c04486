import { type Static, Type } from 'typebox'
import { accountParameter, askedWhose } from '../accounts/whose.ts'
import type { Caller } from '../http/caller.ts'
import { whileConnected } from '../http/client-gone.ts'
import { errorAnswers, Nullable, Text, UnixMs, UnixMsText } from '../http/schemas.ts'
import { callerOf, type Routes } from '../http/server.ts'
import type { Database } from '../ports/database/database.ts'
import type { Asked, Questions } from '../ports/warehouse/questions.ts'
import { askedBuckets, askedZone } from '../statistics/asked-range.ts'
import { domainNamesMax, namedDomains } from '../statistics/domain-name.ts'
import { calendarDays, localTime, type TimeRange } from '../statistics/time-range.ts'
import { askedCoverage } from './asked-coverage.ts'
import { type CoverageLine, type DatedDay, lineCollector } from './coverage-lines.ts'
import { type CoverageRange, countBuckets, rangesOf } from './coverage-ranges.ts'
import { addLateLines, type DomainCoverage } from './read-coverage.ts'
import { likelyZones } from './read-rhythms.ts'
import type { SourceCoverage } from './reporting-sources.ts'
import { readSeenCoverage } from './seen-coverage.ts'
import { bucketStates, noBuckets } from './state-words.ts'

export type CoverageRouteDeps = { database: Database; questions: Questions; timeZone: string; nowMs: () => number }

const rangesDefault = 1_000
const rangesMax = 10_000

export const State = Type.Enum([...bucketStates])
const Query = Type.Object({
  account: Type.Optional(Text(accountParameter)),
  domain_name: Type.Optional(
    Text(`Up to ${domainNamesMax} domain names with commas between them, or all (default)`, 1_000_000),
  ),
  start_time: UnixMsText('Inclusive; widened down to a whole bucket. Default, with end_time: the last 24 whole hours'),
  end_time: UnixMsText('Exclusive; widened up to a whole bucket; the future is clipped'),
  interval: Type.Optional(Type.Integer({ description: 'Seconds of a bucket: 300 (default) or 3600' })),
  by: Type.Optional(
    Type.Enum(['range', 'day'], { description: 'day: lines of each day. Default: of the whole range' }),
  ),
  time_zone: Type.Optional(Text('Zone of the days, such as Europe/Berlin. Default: the server’s zone')),
  limit: Type.Optional(
    Type.Integer({ minimum: 1, maximum: rangesMax, description: `At most this many ranges; default ${rangesDefault}` }),
  ),
  offset: Type.Optional(
    Type.Integer({ minimum: 0, maximum: 1_000_000_000, description: 'Skips this many ranges; default 0' }),
  ),
})

export const BucketCountsSchema = Type.Object({
  final: Type.Integer({ description: 'Final buckets, counted for each domain' }),
  reported: Type.Integer({
    description: 'Reported buckets: as final ones, but nothing is stated of a source that reports them',
  }),
  provisional: Type.Integer({ description: 'Provisional buckets: their figures may grow' }),
  missing: Type.Integer({ description: 'Missing buckets: no source has reported them' }),
  refused: Type.Integer({ description: 'Refused buckets: missing, and a file came for them that was not taken' }),
})

/** Sources that are expected to report some of the domains. */
export const SourcesSchema = Type.Array(
  Type.Object({
    source: Type.String({
      description:
        'Name of the source; the operator’s sources are operator, operator 2, …; with account=all, account: source',
    }),
    files_per_hour: Nullable(Type.Integer({ description: 'Stated files an hour; null: not stated' })),
    files_per_day: Nullable(Type.Integer({ description: 'Stated files a day; null: not stated' })),
    day_zone: Nullable(Type.String({ description: 'Time zone of the day of files_per_day' })),
    delay_seconds: Type.Integer(),
    watermark: Nullable(UnixMs('Up to where the source has reported the domain that is furthest ahead')),
    watermark_least: Nullable(
      UnixMs('Up to where it has reported the domain that is furthest behind; null: it has not reported one'),
    ),
    rejected_lines: Type.Integer({
      description: 'Rejected lines of files in the range; an account sees those of files of its domains alone',
    }),
    late_lines: Type.Integer({ description: 'Lines that came after their bucket was final' }),
  }),
  { description: 'Sources that are expected to report some of the domains' },
)

/** Most lines in an answer; `lines_total` has their number. */
const linesMax = 2_000

const Line = Type.Object({
  date: Nullable(Type.String({ description: 'With by=day: the day, as 2026-09-17, in the time zone' })),
  state: State,
  reason: Type.String({ description: 'Why the buckets have this state; names an unexpected silence, too' }),
  buckets: Type.Integer({ description: 'Buckets of five minutes, counted for each domain' }),
  late_lines: Type.Integer({ description: 'Lines that came after their bucket was final' }),
  start_time: UnixMs('First of these buckets'),
  end_time: UnixMs('End of the last of them'),
  domain_names: Type.Array(Type.String(), { description: 'The first three' }),
  domains: Type.Integer({ description: 'Number of domains' }),
})

const Answer = Type.Object({
  data_version: Type.Integer({ description: 'Data version; an account’s moves when its own data change' }),
  judged_at: UnixMs('The data became this version at this time; final buckets are those that were final then'),
  start_time: UnixMs('First bucket'),
  end_time: UnixMs('End of the last bucket'),
  interval: Type.Integer(),
  buckets: BucketCountsSchema,
  sources: SourcesSchema,
  lines_total: Type.Integer({ description: 'Number of lines' }),
  lines: Type.Array(Line, {
    description: `The first ${linesMax}: one for each state and reason, the worst state first`,
  }),
  total: Type.Integer({ description: 'Number of ranges' }),
  ranges: Type.Array(
    Type.Object({
      domain_name: Type.String(),
      start_time: UnixMs('First bucket'),
      end_time: UnixMs('End of the last bucket'),
      state: State,
      late_lines: Type.Integer(),
      sources: Type.Array(Type.Object({ source: Type.String(), state: State })),
    }),
    { description: 'Ranges join neighbouring buckets of equal states; ordered by domain, then time' },
  ),
})

export type CoverageAnswer = Static<typeof Answer>

/** Routes that show which buckets are complete, and the evidence. */
export function coverageRoutes(server: Routes, deps: CoverageRouteDeps): void {
  const schema = {
    operationId: 'showCoverage',
    tags: ['Coverage'],
    summary: 'Says which buckets of the account’s domains are final, reported, provisional, missing or refused',
    querystring: Query,
    response: { 200: Answer, ...errorAnswers },
  }
  server.get('/api/v1/coverage', { config: { access: { roles: ['operator', 'account'] } }, schema }, (request) => {
    const caller = callerOf(request)
    return whileConnected(request, (gone) =>
      deps.questions.ask(caller.accountId, gone, (engine) => showCoverage(deps, engine, caller, request.query)),
    )
  })
}

async function showCoverage(
  deps: CoverageRouteDeps,
  engine: Asked,
  caller: Caller,
  query: Static<typeof Query>,
): Promise<Static<typeof Answer>> {
  const named = await askedWhose(deps.database, caller, query.account)
  const zone = query.time_zone ? askedZone('time_zone', query.time_zone) : deps.timeZone
  const domains = namedDomains(query.domain_name)
  const range = askedBuckets(query, { hasBuckets: true, timeZone: deps.timeZone, nowMs: deps.nowMs() })
  const question = await askedCoverage({ ...deps, engine }, caller, { named, domains, range })
  const coverage = await readSeenCoverage({ ...question, silencesIn: likelyZones(zone, deps.timeZone) })
  const stepMs = range.intervalSeconds * 1000
  const days = query.by === 'day' ? datedDays(range, zone) : []
  const span = { startMs: range.startTimeMs, endMs: range.endTimeMs }
  const lines = lineCollector(coverage.sources, span, days)
  const found = await collect({ domains: coverage.domains(), lines, startMs: range.startTimeMs, stepMs }, query)
  return {
    data_version: question.version.shownVersion,
    judged_at: coverage.judgedAtMs,
    start_time: range.startTimeMs,
    end_time: range.endTimeMs,
    interval: range.intervalSeconds,
    buckets: found.counts,
    sources: coverage.sources.map((source) => sourceView(source, found.lateLines.get(source.source) ?? 0)),
    ...linesView(lines.lines()),
    total: found.total,
    ranges: found.page.map(rangeView),
  }
}

/** The days of a range in a zone; the first and the last may be parts. */
const datedDays = (range: TimeRange, zone: string): DatedDay[] =>
  calendarDays(range, zone).map(({ startTimeMs, endTimeMs }) => ({
    ...{ startMs: startTimeMs, endMs: endTimeMs },
    date: localTime(startTimeMs, zone).slice(0, 10),
  }))

const linesView = (lines: readonly CoverageLine[]) => ({
  lines_total: lines.length,
  lines: lines.slice(0, linesMax).map((line) => ({
    ...{ date: line.date, state: line.state, reason: line.reason, buckets: line.buckets },
    ...{ late_lines: line.lateLines, start_time: line.startMs, end_time: line.endMs },
    ...{ domain_names: line.domains, domains: line.domainCount },
  })),
})

type Reading = {
  domains: AsyncGenerator<DomainCoverage>
  lines: ReturnType<typeof lineCollector>
  startMs: number
  stepMs: number
}

/** Reads every domain, and keeps one page of ranges. */
async function collect(
  { domains, lines, startMs, stepMs }: Reading,
  { limit = rangesDefault, offset = 0 }: { limit?: number; offset?: number },
) {
  const counts = noBuckets()
  const lateLines = new Map<string, number>()
  const page: CoverageRange[] = []
  let total = 0
  for await (const domain of domains) {
    const ranges = rangesOf(domain, startMs, stepMs)
    countBuckets(counts, ranges, stepMs)
    addLateLines(lateLines, domain.late)
    lines.add(domain)
    page.push(...ranges.slice(Math.max(0, offset - total), Math.max(0, offset + limit - total)))
    total += ranges.length
  }
  return { counts, lateLines, page, total }
}

const sourceView = (source: SourceCoverage, lateLines: number) => ({
  source: source.source,
  files_per_hour: source.filesPerHour,
  files_per_day: source.filesPerDay,
  day_zone: source.dayZone,
  delay_seconds: source.delaySeconds,
  watermark: source.watermarkMs,
  watermark_least: source.watermarkLeastMs,
  rejected_lines: source.rejectedLines,
  late_lines: lateLines,
})

const rangeView = (range: CoverageRange) => ({
  domain_name: range.domain,
  start_time: range.startMs,
  end_time: range.endMs,
  state: range.state,
  late_lines: range.lateLines,
  sources: range.sources,
})

import { statedOf } from '../ledger/cadences.ts'
import type { DataVersion } from '../ledger/data-version.ts'
import { visibleLoadsSql, visibleParameters } from '../ledger/visible.ts'
import { fillSlots, sqlFile } from '../ports/warehouse/sql-file.ts'
import type { Parameters } from '../ports/warehouse/warehouse.ts'
import { bucketMs } from '../statistics/bucket-length.ts'
import {
  type DomainState,
  domainRuns,
  type Expectation,
  expectationOf,
  type Reported,
  type SourceEvidence,
} from './bucket-states.ts'
import { classesSql, type DomainClasses, mayDeliverSql, readDomainClasses } from './domain-classes.ts'
import { delaysOf, expectedSources, keyOfSource, type Source, sourceKeySql, sourceNames } from './expected-sources.ts'
import { type Run, type Span, sumOfRuns } from './runs.ts'

const slots = {
  visible: visibleLoadsSql,
  classes: classesSql,
  may_deliver: mayDeliverSql,
  source: sourceKeySql,
}
const statement = (name: string) => {
  const sql = sqlFile(import.meta.url, name)
  return fillSlots(sql, Object.fromEntries(Object.entries(slots).filter(([slot]) => sql.includes(`/*${slot}*/`))))
}
const spanEvidenceSql = statement('./span-evidence.sql')
const sourceDomainsSql = statement('./source-domains.sql')
const lastFilesSql = statement('./last-files.sql')
const fileHoursSql = statement('./file-hours.sql')
const requestRunsSql = statement('./request-runs.sql')
const lateLinesSql = statement('./late-lines.sql')

/** A question about coverage. The range covers whole buckets, unix ms; domains are sorted. */
export type CoverageQuestion = {
  rows: <Row>(sql: string, parameters: Parameters) => Promise<Row[]>
  version: DataVersion
  /**
   * The domains' account. Its own sources report on them, and those of the first account, which may deliver for all.
   */
  accountId: string
  domains: string[]
  range: Span
  /** True if rejected lines of files count that also have other domains' requests. */
  seesAllFiles: boolean
  /** The first load of these domains that is seen; omit to see all (seen-coverage.ts). */
  firstSeen?: number
  /** Names of sources; omit for those that the account sees. */
  nameOf?: (source: Source) => string
}

/** Requests that came after their bucket was final. `source` is null if the source is not expected to report them. */
export type LateLines = { startMs: number; source: string | null; lines: number }

/** Adds late lines to the sums of each expected source. */
export function addLateLines(lines: Map<string, number>, late: readonly LateLines[]): void {
  for (const one of late) if (one.source !== null) lines.set(one.source, (lines.get(one.source) ?? 0) + one.lines)
}

/** One domain's states over the range, and its late lines, in order. */
export type DomainCoverage = { domain: string; runs: Run<DomainState>[]; late: LateLines[] }

/** A source that is expected to report some of the domains. */
export type SourceCoverage = Expectation & {
  /** True if the source has a stated cadence. */
  isStated: boolean
  /**
   * The end of its reports for its furthest domain, and for the domain furthest behind, unix ms; null without a report.
   */
  watermarkMs: number | null
  watermarkLeastMs: number | null
  rejectedLines: number
}

/** The reporting sources of all the domains. The states of the domains are read in slices of domains. */
export type Coverage = {
  judgedAtMs: number
  sources: SourceCoverage[]
  domains: () => AsyncGenerator<DomainCoverage>
}

/** Most domains times buckets that are read at once: the engine holds each bucket with a request as a number. */
const sliceBucketsMax = 2_000_000
const hourMs = 3_600_000

/** Reads the sources' reports in the question's data version, judged at that version's time. */
export async function readCoverage(asked: CoverageQuestion): Promise<Coverage> {
  const accountIds = [...new Set([asked.accountId, asked.version.firstAccountId])]
  const question = { ...asked, accountIds, classes: await readDomainClasses(asked.rows, accountIds, asked.domains) }
  const seesAll = asked.seesAllFiles ? 1 : 0
  const parameters = { ...sharedParameters(question), ...rangeSeconds(asked.range), seesAll }
  const spans = await asked.rows<SpanRow>(spanEvidenceSql, parameters)
  const reporting = await reportingSources(question, spans)
  const judgedAtMs = asked.version.changedAtMs ?? 0
  return {
    judgedAtMs,
    sources: reporting.map(sourceCoverage),
    domains: () => domainsInSlices(question, reporting, judgedAtMs),
  }
}

/** A question, with the accounts whose loads report on its domains, and the domains' classes. */
type Question = CoverageQuestion & { accountIds: string[]; classes: DomainClasses }

const sharedParameters = ({ version, domains, accountIds, classes, firstSeen = 0 }: Question) => ({
  ...visibleParameters(version, domains),
  firstSeen,
  domains,
  accountIds,
  ...classes.parameters,
})
const rangeSeconds = (range: Span) => ({ from: range.startMs / 1000, to: range.endMs / 1000 })

type SpanRow = Source & {
  fileDomain: string
  class: number
  reportedFrom: number
  reportedTo: number
  touchedTo: number
  files: number
  rejectedLines: number
}
type LastFileRow = Source & { class: number; lastFile: number }

/** A source, the question's domains that it is expected to report, and its reports on each. */
type Reporting = {
  key: string
  cadence: Expectation
  isStated: boolean
  domains: Set<string>
  reportedFor: (domain: string) => Reported | null
  lastFileMsFor: (domain: string) => number
  rejectedLines: number
}

async function reportingSources(question: Question, spans: SpanRow[]): Promise<Reporting[]> {
  const { version, rows, domains } = question
  const parameters = sharedParameters(question)
  const known = await rows<Source & { domain: string }>(sourceDomainsSql, parameters)
  const skipsHours = [...version.cadences.values()].some(({ skipsEmptyHours }) => skipsEmptyHours)
  const lastFiles = skipsHours ? await rows<LastFileRow>(lastFilesSql, parameters) : []
  const delivered = groupedBy(known, keyOfSource)
  const expected = expectedSources(question, known).flatMap((source) => {
    const cadence = expectationOf(source.accountId, source.source, version.cadences)
    const stated = cadence.domains && new Set(cadence.domains)
    const learned = new Set(delivered.get(keyOfSource(source))?.map(({ domain }) => domain))
    const own = domains.filter((name) => (stated ?? learned).has(name))
    return own.length === 0 ? [] : [{ ...source, cadence, own: new Set(own) }]
  })
  const nameOf = question.nameOf ?? sourceNames(question.accountId, expected)
  const spansOf = groupedBy(spans, keyOfSource)
  const lastFilesOf = groupedBy(lastFiles, keyOfSource)
  const reporting = expected.map((one): Reporting => {
    const key = keyOfSource(one)
    const own = spansOf.get(key) ?? []
    return {
      key,
      cadence: { ...one.cadence, source: nameOf(one) },
      isStated: statedOf(version.cadences, one.accountId, one.source) !== undefined,
      domains: one.own,
      reportedFor: reportedBy(question, own),
      lastFileMsFor: lastFileBy(question, lastFilesOf.get(key) ?? []),
      rejectedLines: own.reduce((sum, row) => sum + row.rejectedLines, 0),
    }
  })
  return reporting.sort((a, b) => (a.cadence.source < b.cadence.source ? -1 : 1))
}

/** Files of one domain and files of any domain report on it alike. */
function reportedBy({ classes }: Question, spans: SpanRow[]): Reporting['reportedFor'] {
  const told = spans.filter(({ files }) => files > 0)
  const byDomain = new Map(told.filter((row) => row.fileDomain !== '').map((row) => [row.fileDomain, reportedOf(row)]))
  const byClass = new Map(told.filter((row) => row.class > 0).map((row) => [row.class, reportedOf(row)]))
  return (domain) => {
    const own = byDomain.get(domain)
    const any = byClass.get(classes.classOf(domain))
    if (!own || !any) return own ?? any ?? null
    return {
      fromMs: Math.min(own.fromMs, any.fromMs),
      toMs: Math.max(own.toMs, any.toMs),
      touchedToMs: Math.max(own.touchedToMs, any.touchedToMs),
    }
  }
}

const reportedOf = ({ reportedFrom, reportedTo, touchedTo }: SpanRow): Reported => ({
  fromMs: reportedFrom * 1000,
  toMs: reportedTo * 1000,
  touchedToMs: touchedTo * 1000,
})

function lastFileBy({ classes }: Question, lastFiles: LastFileRow[]): Reporting['lastFileMsFor'] {
  const byClass = new Map(lastFiles.map((row) => [row.class, row.lastFile * 1000]))
  return (domain) => byClass.get(classes.classOf(domain)) ?? 0
}

function sourceCoverage({ cadence, isStated, domains, reportedFor, rejectedLines }: Reporting): SourceCoverage {
  let watermarkMs: number | null = null
  let watermarkLeastMs: number | null = Number.POSITIVE_INFINITY
  for (const domain of domains) {
    const toMs = reportedFor(domain)?.toMs
    if (toMs !== undefined) watermarkMs = Math.max(watermarkMs ?? 0, toMs)
    watermarkLeastMs = toMs === undefined || watermarkLeastMs === null ? null : Math.min(watermarkLeastMs, toMs)
  }
  return { ...cadence, isStated, watermarkMs, watermarkLeastMs, rejectedLines }
}

async function* domainsInSlices(question: Question, sources: Reporting[], judgedAtMs: number) {
  const buckets = (question.range.endMs - question.range.startMs) / bucketMs
  const size = Math.max(1, Math.floor(sliceBucketsMax / Math.max(1, buckets)))
  for (let at = 0; at < question.domains.length; at += size) {
    yield* sliceOfDomains({ ...question, domains: question.domains.slice(at, at + size) }, sources, judgedAtMs)
  }
}

type FileHoursRow = Source & { fileDomain: string; class: number; runs: [number, number, number][] }
type LateRow = Source & { domain: string; bucketStart: number; lines: number }

async function* sliceOfDomains(
  question: Question,
  sources: Reporting[],
  judgedAtMs: number,
): AsyncGenerator<DomainCoverage> {
  const { domains, range, rows } = question
  const hourlySources = sources.filter(({ cadence }) => cadence.filesPerHour !== null).map(({ key }) => key)
  const shared = { ...sharedParameters(question), ...rangeSeconds(range) }
  const hours = { fromHour: Math.floor(range.startMs / hourMs), toHour: Math.ceil(range.endMs / hourMs) }
  const fileRows =
    hourlySources.length === 0 ? [] : await rows<FileHoursRow>(fileHoursSql, { ...shared, ...hours, hourlySources })
  const requestRows = await rows<{ domain: string; runs: [number, number][] }>(requestRunsSql, shared)
  const lateRows = await rows<LateRow>(lateLinesSql, { ...shared, hourlySources, ...delaysOf(question) })
  const requestRuns = new Map(requestRows.map(({ domain, runs }) => [domain, runs.map(requestRun)]))
  const late = groupedBy(lateRows, ({ domain }) => domain)
  const fileRuns = new Map(fileRows.map((row) => [fileRunsKey(keyOfSource(row), row), row.runs.map(fileRun)]))
  const nameOf = new Map(sources.map((one) => [one.key, one.cadence.source]))
  for (const domain of domains) {
    const own = sources.filter((one) => one.domains.has(domain))
    const evidence = own.map((one) => ({ evidence: evidenceOf(question, one, domain, fileRuns), cadence: one.cadence }))
    yield {
      domain,
      runs: domainRuns(evidence, requestRuns.get(domain) ?? [], { range, judgedAtMs }),
      late: (late.get(domain) ?? []).map((row) => ({
        startMs: row.bucketStart * 1000,
        source: nameOf.get(keyOfSource(row)) ?? null,
        lines: row.lines,
      })),
    }
  }
}

const requestRun = ([first, last]: [number, number]): Run<true> => ({
  startMs: first * bucketMs,
  endMs: (last + 1) * bucketMs,
  value: true,
})

const fileRunsKey = (key: string, of: { fileDomain: string; class: number }) => `${key}\0${of.class}\0${of.fileDomain}`

function evidenceOf(
  { classes }: Question,
  reporting: Reporting,
  domain: string,
  fileRuns: Map<string, Run<number>[]>,
): SourceEvidence {
  const runsOf = (of: { fileDomain: string; class: number }) => fileRuns.get(fileRunsKey(reporting.key, of)) ?? []
  return {
    source: reporting.cadence.source,
    reported: reporting.reportedFor(domain),
    fileRuns: sumOfRuns(
      runsOf({ fileDomain: domain, class: 0 }),
      runsOf({ fileDomain: '', class: classes.classOf(domain) }),
    ),
    lastFileMs: reporting.lastFileMsFor(domain),
  }
}

function groupedBy<T>(rows: T[], keyOf: (row: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const group = groups.get(keyOf(row))
    if (group) group.push(row)
    else groups.set(keyOf(row), [row])
  }
  return groups
}

const fileRun = ([first, last, files]: [number, number, number]): Run<number> => ({
  startMs: first * hourMs,
  endMs: (last + 1) * hourMs,
  value: files,
})

import { visibleLoadsSql, visibleParameters } from '../exports/reports/report.ts'
import type { DataVersion } from '../ingest/ledger.ts'
import { fillSlots, sqlFile } from '../sql-file.ts'
import type { Parameters } from '../warehouse/warehouse.ts'
import {
  type DomainState,
  delayOfAll,
  domainRuns,
  type Expectation,
  expectationOf,
  type Reported,
  type SourceEvidence,
} from './bucket-states.ts'
import { type Run, type Span, sumOfRuns } from './runs.ts'

const statement = (name: string) => fillSlots(sqlFile(import.meta.url, name), { visible: visibleLoadsSql })
const spanEvidenceSql = statement('./span-evidence.sql')
const sourceDomainsSql = statement('./source-domains.sql')
const fileHoursSql = statement('./file-hours.sql')
const requestRunsSql = statement('./request-runs.sql')
const lateLinesSql = statement('./late-lines.sql')

/** What coverage is asked of. The range is of whole buckets, unix ms; domains are sorted. */
export type CoverageQuestion = {
  rows: <Row>(sql: string, parameters: Parameters) => Promise<Row[]>
  version: DataVersion
  domains: string[]
  range: Span
  /** Whether rejected lines of files with other domains' requests count too. */
  seesAllFiles: boolean
  /** The first load that is seen of these domains; without, all are (seen-coverage.ts). */
  firstSeen?: number
}

/** Requests that came when their bucket was final already. */
export type LateLines = { startMs: number; source: string; lines: number }
/** One domain's states over the range, and its late lines, in order. */
export type DomainCoverage = { domain: string; runs: Run<DomainState>[]; late: LateLines[] }

/** A source that is expected to report some of the domains. */
export type SourceCoverage = Expectation & {
  /** Up to where it has reported its furthest domain, and the one that is furthest behind, unix ms; null for not at all. */
  watermarkMs: number | null
  watermarkLeastMs: number | null
  rejectedLines: number
}

/** Who reports what, of all the domains; the states of each come in slices of them. */
export type Coverage = {
  judgedAtMs: number
  sources: SourceCoverage[]
  domains: () => AsyncGenerator<DomainCoverage>
}

/** Domains times buckets that are read in one go: the engine holds each bucket with a request as a number. */
const sliceBucketsMax = 2_000_000
const bucketMs = 300_000
const hourMs = 3_600_000

/** Reads what sources have reported, as the question's data version has it and judged at that version's time. */
export async function readCoverage(question: CoverageQuestion): Promise<Coverage> {
  const { version, domains, range } = question
  const parameters = {
    ...ofLoads(question),
    domains,
    ...rangeSeconds(range),
    seesAll: question.seesAllFiles ? 1 : 0,
  }
  const spans = await question.rows<SpanRow>(spanEvidenceSql, parameters)
  const known = await question.rows<SourceDomainRow>(sourceDomainsSql, { ...ofLoads(question), domains })
  const reporting = reportingSources(version, domains, spans, known)
  const judgedAtMs = version.changedAtMs ?? 0
  return {
    judgedAtMs,
    sources: reporting.map((one) => sourceCoverage(one, spans)),
    domains: () => domainsInSlices(question, reporting, judgedAtMs),
  }
}

const ofLoads = ({ version, domains, firstSeen = 0 }: CoverageQuestion) => ({
  ...visibleParameters(version, domains),
  firstSeen,
})
const rangeSeconds = (range: Span) => ({ from: range.startMs / 1000, to: range.endMs / 1000 })

type SpanRow = {
  source: string
  fileDomain: string
  reportedFrom: number
  reportedTo: number
  touchedTo: number
  files: number
  rejectedLines: number
}
type SourceDomainRow = { source: string; domain: string; lastFile: number }

/** A source, the domains of the question that it is expected to report, and what its files tell by domain ('' is any). */
type Reporting = { cadence: Expectation; domains: Set<string>; reported: Map<string, Reported>; lastFileMs: number }

function reportingSources(version: DataVersion, domains: string[], spans: SpanRow[], known: SourceDomainRow[]) {
  const names = new Set([...version.cadences.keys(), ...known.map(({ source }) => source)])
  names.delete('*')
  return [...names].sort().flatMap((source): Reporting[] => {
    const cadence = expectationOf(source, version.cadences)
    const delivered = known.filter((row) => row.source === source)
    const stated = cadence.domains && new Set(cadence.domains)
    const learned = delivered.map(({ domain }) => domain).filter((domain) => domain !== '')
    const own = stated ? domains.filter((name) => stated.has(name)) : learned
    if (own.length === 0) return []
    const reported = spans.filter((row) => row.source === source && row.files > 0)
    return [
      {
        cadence,
        domains: new Set(own),
        reported: new Map(reported.map((row) => [row.fileDomain, reportedOf(row)])),
        lastFileMs: Math.max(0, ...delivered.map(({ lastFile }) => lastFile * 1000)),
      },
    ]
  })
}

const reportedOf = ({ reportedFrom, reportedTo, touchedTo }: SpanRow): Reported => ({
  fromMs: reportedFrom * 1000,
  toMs: reportedTo * 1000,
  touchedToMs: touchedTo * 1000,
})

/** Files of a domain and files of any tell of it alike. */
function reportedFor({ reported }: Reporting, domain: string): Reported | null {
  const own = reported.get(domain)
  const any = reported.get('')
  if (!own || !any) return own ?? any ?? null
  return {
    fromMs: Math.min(own.fromMs, any.fromMs),
    toMs: Math.max(own.toMs, any.toMs),
    touchedToMs: Math.max(own.touchedToMs, any.touchedToMs),
  }
}

function sourceCoverage(reporting: Reporting, spans: SpanRow[]): SourceCoverage {
  const { cadence, domains } = reporting
  let watermarkMs: number | null = null
  let watermarkLeastMs: number | null = Number.POSITIVE_INFINITY
  for (const domain of domains) {
    const toMs = reportedFor(reporting, domain)?.toMs
    if (toMs !== undefined) watermarkMs = Math.max(watermarkMs ?? 0, toMs)
    watermarkLeastMs = toMs === undefined || watermarkLeastMs === null ? null : Math.min(watermarkLeastMs, toMs)
  }
  const rejected = spans.filter((row) => row.source === cadence.source).map((row) => row.rejectedLines)
  return { ...cadence, watermarkMs, watermarkLeastMs, rejectedLines: rejected.reduce((sum, lines) => sum + lines, 0) }
}

async function* domainsInSlices(question: CoverageQuestion, sources: Reporting[], judgedAtMs: number) {
  const buckets = (question.range.endMs - question.range.startMs) / bucketMs
  const size = Math.max(1, Math.floor(sliceBucketsMax / Math.max(1, buckets)))
  for (let at = 0; at < question.domains.length; at += size) {
    yield* sliceOfDomains({ ...question, domains: question.domains.slice(at, at + size) }, sources, judgedAtMs)
  }
}

type FileHoursRow = { source: string; fileDomain: string; runs: [number, number, number][] }
type LateRow = { domain: string; bucketStart: number; source: string; lines: number }

async function* sliceOfDomains(
  question: CoverageQuestion,
  sources: Reporting[],
  judgedAtMs: number,
): AsyncGenerator<DomainCoverage> {
  const { domains, range, rows } = question
  const hourlySources = sources
    .filter(({ cadence }) => cadence.filesPerHour !== null)
    .map(({ cadence }) => cadence.source)
  const shared = { ...ofLoads(question), domains, ...rangeSeconds(range) }
  const hours = { fromHour: Math.floor(range.startMs / hourMs), toHour: Math.ceil(range.endMs / hourMs) }
  const fileRows =
    hourlySources.length === 0 ? [] : await rows<FileHoursRow>(fileHoursSql, { ...shared, ...hours, hourlySources })
  const requestRows = await rows<{ domain: string; runs: [number, number][] }>(requestRunsSql, shared)
  const lateRows = await rows<LateRow>(lateLinesSql, { ...shared, hourlySources, ...delaysOf(question.version) })
  const requestRuns = new Map(requestRows.map(({ domain, runs }) => [domain, runs.map(requestRun)]))
  const late = groupedBy(lateRows, ({ domain }) => domain)
  const fileRuns = new Map(
    fileRows.map(({ source, fileDomain, runs }) => [`${source}\0${fileDomain}`, runs.map(fileRun)]),
  )
  for (const domain of domains) {
    const own = sources.filter((one) => one.domains.has(domain))
    const evidence = own.map((one) => ({ evidence: evidenceOf(one, domain, fileRuns), cadence: one.cadence }))
    yield {
      domain,
      runs: domainRuns(evidence, requestRuns.get(domain) ?? [], { range, judgedAtMs }),
      late: (late.get(domain) ?? []).map(({ bucketStart, source, lines }) => ({
        startMs: bucketStart * 1000,
        source,
        lines,
      })),
    }
  }
}

const requestRun = ([first, last]: [number, number]): Run<true> => ({
  startMs: first * bucketMs,
  endMs: (last + 1) * bucketMs,
  value: true,
})

function delaysOf({ cadences }: DataVersion) {
  const stated = [...cadences.values()].filter(({ delaySeconds }) => delaySeconds !== null)
  return {
    sources: stated.map(({ source }) => source),
    delays: stated.map(({ delaySeconds }) => delaySeconds),
    delayDefault: delayOfAll(cadences),
  }
}

/** @param fileRuns by source and domain, '' for files of any */
function evidenceOf(reporting: Reporting, domain: string, fileRuns: Map<string, Run<number>[]>): SourceEvidence {
  const { source } = reporting.cadence
  const runsOf = (fileDomain: string) => fileRuns.get(`${source}\0${fileDomain}`) ?? []
  return {
    source,
    reported: reportedFor(reporting, domain),
    fileRuns: sumOfRuns(runsOf(domain), runsOf('')),
    lastFileMs: reporting.lastFileMs,
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

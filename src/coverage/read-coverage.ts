import { visibleLoadsSql } from '../ledger/visible.ts'
import { bucketMs } from '../statistics/bucket-length.ts'
import { type DomainState, domainRuns, type Expectation, type SourceEvidence, undecidedSpan } from './bucket-states.ts'
import {
  type CoverageQuestion,
  coverageSql,
  groupedBy,
  type Question,
  rangeSeconds,
  sharedParameters,
} from './coverage-question.ts'
import { sumOfDays } from './day-states.ts'
import { readDomainClasses } from './domain-classes.ts'
import { delaysOf, keyOfSource, type Source } from './expected-sources.ts'
import { dayStartsOf, type FilesOfDays, filesKey, readFileDays } from './file-days.ts'
import { readRhythms, type SourceRhythm } from './read-rhythms.ts'
import { type RefusedFile, type RefusedSpans, readRefusedFiles, refusedSpans } from './refused-files.ts'
import { type Reporting, reportingSources, type SourceCoverage, sourceCoverage } from './reporting-sources.ts'
import { readRequestRuns } from './request-runs.ts'
import { type Run, sumOfRuns } from './runs.ts'
import { type Silence, silencesOf } from './silences.ts'

const fileHoursSql = coverageSql('./file-hours.sql')
const lateLinesSql = coverageSql('./late-lines.sql')

/** Requests that came after their bucket was final. `source` is null if the source is not expected to report them. */
export type LateLines = { startMs: number; source: string | null; lines: number }

/** Adds late lines to the sums of each expected source. */
export function addLateLines(lines: Map<string, number>, late: readonly LateLines[]): void {
  for (const one of late) if (one.source !== null) lines.set(one.source, (lines.get(one.source) ?? 0) + one.lines)
}

/** One domain's states over the range, its late lines, and the unexpected silences of its sources, in order. */
export type DomainCoverage = {
  /** Keys of the sources that are expected to report it (`keyOfSource`). */
  sourceKeys: string[]
  domain: string
  runs: Run<DomainState>[]
  late: LateLines[]
  silences: Silence[]
  /** Files of the sources with a stated number of them, by which the states are judged. */
  files: CountedFiles[]
}

/** Files of an expected source that report on a domain, by hour or by day; the other list is empty. */
export type CountedFiles = Pick<SourceEvidence, 'source' | 'fileRuns' | 'days'>

/** The reporting sources of all the domains. The states of the domains are read in slices of domains. */
export type Coverage = {
  judgedAtMs: number
  sources: SourceCoverage[]
  /** Files of the reporting accounts that were not taken, of any time. */
  refused: RefusedFile[]
  domains: () => AsyncGenerator<DomainCoverage>
}

/** Most domains times buckets that are read at once: the engine holds each bucket with a request as a number. */
const sliceBucketsMax = 2_000_000
const hourMs = 3_600_000

/** Reads the sources' reports in the question's data version, judged at that version's time. */
export async function readCoverage(asked: CoverageQuestion): Promise<Coverage> {
  const accountIds = [...new Set([asked.accountId, asked.version.firstAccountId])]
  const question = { ...asked, accountIds, classes: await readDomainClasses(asked.rows, accountIds, asked.domains) }
  const reporting = await reportingSources(question)
  const refused = await readRefusedFiles(question)
  const judgedAtMs = asked.version.changedAtMs ?? 0
  return {
    judgedAtMs,
    sources: reporting.map(sourceCoverage),
    refused,
    domains: () => domainsInSlices(question, { reporting, refused }, judgedAtMs),
  }
}

/** The sources, and their refused files. */
type Known = { reporting: Reporting[]; refused: RefusedFile[] }

async function* domainsInSlices(question: Question, known: Known, judgedAtMs: number) {
  const buckets = (question.range.endMs - question.range.startMs) / bucketMs
  const size = Math.max(1, Math.floor(sliceBucketsMax / Math.max(1, buckets)))
  for (let at = 0; at < question.domains.length; at += size) {
    yield* sliceOfDomains({ ...question, domains: question.domains.slice(at, at + size) }, known, judgedAtMs)
  }
}

type FileHoursRow = Source & { fileDomain: string; class: number; runs: [number, number, number][] }
type LateRow = Source & { domain: string; bucketStart: number; lines: number }

async function* sliceOfDomains(
  question: Question,
  { reporting: sources, refused }: Known,
  judgedAtMs: number,
): AsyncGenerator<DomainCoverage> {
  const { domains, range } = question
  const days = await readFileDays(question, sources, judgedAtMs)
  const fileRuns = await readFileRuns(question, sources)
  const late = await readLateLines(question, sources)
  const rests = refused.filter(({ isRest }) => isRest)
  const spansOf = (some: RefusedFile[]) => refusedSpans(some, sources, days.namedDayAfter)
  const rhythms = await rhythmsOf(question, sources)
  const files: Files = { fileRuns, days, refused: spansOf(refused), rest: spansOf(rests) }
  const how = { range, judgedAtMs }
  const judged = domains.map((domain) => {
    const own = sources.filter((one) => one.domains.has(domain))
    const evidence = own.map((one) => ({ evidence: evidenceOf(question, one, domain, files), cadence: one.cadence }))
    const runs = domainRuns(evidence, [], how)
    const undecided = undecidedSpan(
      evidence.map((one) => one.evidence),
      runs,
    )
    return { domain, own, evidence, runs, undecided }
  })
  const requestRuns = await readRequestRuns(question, judged)
  for (const { domain, own, evidence, runs, undecided } of judged) {
    yield {
      domain,
      sourceKeys: own.map(({ key }) => key),
      runs: undecided === null ? runs : domainRuns(evidence, requestRuns.get(domain) ?? [], how),
      late: late.get(domain) ?? [],
      files: evidence.filter(({ cadence }) => isCounted(cadence)).map((one) => one.evidence),
      silences: own.flatMap((one) => silencesFor(one, domain, { rhythms, files, question, judgedAtMs })),
    }
  }
}

const hourlyOf = (sources: Reporting[]) =>
  sources.filter(({ cadence }) => cadence.filesPerHour !== null).map(({ key }) => key)

/** Files of each hour of the sources with hourly files, by `filesKey`. */
async function readFileRuns(question: Question, sources: Reporting[]): Promise<Map<string, Run<number>[]>> {
  const hourlySources = hourlyOf(sources)
  if (hourlySources.length === 0) return new Map()
  const { range, rows } = question
  const found = await rows<FileHoursRow>(fileHoursSql, {
    ...{ ...sharedParameters(question), ...rangeSeconds(range), hourlySources },
    ...{ fromHour: Math.floor(range.startMs / hourMs), toHour: Math.ceil(range.endMs / hourMs) },
  })
  return new Map(found.map((row) => [filesKey({ ...row, key: keyOfSource(row) }), row.runs.map(fileRun)]))
}

/** Late lines of each domain, in order. */
async function readLateLines(question: Question, sources: Reporting[]): Promise<ReadonlyMap<string, LateLines[]>> {
  if (question.statesOnly) return new Map()
  const found = await question.rows<LateRow>(lateLinesSql, {
    ...{ ...sharedParameters(question), ...rangeSeconds(question.range), ...delaysOf(question) },
    ...{ hourlySources: hourlyOf(sources), ...dayStartsOf(sources, question.range) },
  })
  const nameOf = new Map(sources.map((one) => [one.key, one.cadence.source]))
  const late = (row: LateRow): LateLines => ({
    startMs: row.bucketStart * 1000,
    source: nameOf.get(keyOfSource(row)) ?? null,
    lines: row.lines,
  })
  return new Map([...groupedBy(found, ({ domain }) => domain)].map(([domain, rows]) => [domain, rows.map(late)]))
}

const isCounted = ({ filesPerHour, filesPerDay }: Expectation) => filesPerHour !== null || filesPerDay !== null

/** Rhythms are read only if there is a source of which nothing is stated. */
async function rhythmsOf(question: Question, sources: Reporting[]): Promise<ReadonlyMap<string, SourceRhythm>> {
  const { silencesIn: zones, rows, accountIds, domains, range } = question
  if (zones === undefined || sources.every(({ cadence }) => cadence.isStated)) return new Map()
  const shared = { rows, accountIds, domains, range, zones }
  return await readRhythms({ ...shared, seenSql: visibleLoadsSql, parameters: sharedParameters(question) })
}

type SilenceEvidence = {
  rhythms: ReadonlyMap<string, SourceRhythm>
  files: Files
  question: Question
  judgedAtMs: number
}

function silencesFor(
  one: Reporting,
  domain: string,
  { rhythms, files, question: { range }, judgedAtMs }: SilenceEvidence,
): Silence[] {
  const rhythm = one.cadence.isStated ? undefined : rhythms.get(one.key)
  if (!rhythm) return []
  const endMs = Math.min(range.endMs, judgedAtMs - one.cadence.delaySeconds * 1000)
  const of = { source: one.cadence.source, domain, refused: files.refused(one, domain) }
  return silencesOf(rhythm, of, { startMs: range.startMs, endMs })
}

/** Files by source and domain. `rest`: refused ones whose first part counts. */
type Files = { fileRuns: Map<string, Run<number>[]>; days: FilesOfDays; refused: RefusedSpans; rest: RefusedSpans }

function evidenceOf(
  { classes }: Question,
  reporting: Reporting,
  domain: string,
  { fileRuns, days, refused, rest }: Files,
): SourceEvidence {
  const ofDomain = filesKey({ key: reporting.key, fileDomain: domain, class: 0 })
  const ofAny = filesKey({ key: reporting.key, fileDomain: '', class: classes.classOf(domain) })
  return {
    source: reporting.cadence.source,
    reported: reporting.reportedFor(domain),
    fileRuns: sumOfRuns(fileRuns.get(ofDomain) ?? [], fileRuns.get(ofAny) ?? []),
    days: sumOfDays(days.days.get(ofDomain) ?? [], days.days.get(ofAny) ?? []),
    refused: refused(reporting, domain),
    restRefused: rest(reporting, domain),
    lastFileMs: reporting.lastFileMsFor(domain),
  }
}

const fileRun = ([first, last, files]: [number, number, number]): Run<number> => ({
  startMs: first * hourMs,
  endMs: (last + 1) * hourMs,
  value: files,
})

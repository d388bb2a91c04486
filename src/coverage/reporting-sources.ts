import { type Expectation, expectationOf, type Reported } from './bucket-states.ts'
import { coverageSql, groupedBy, type Question, rangeSeconds, sharedParameters } from './coverage-question.ts'
import { expectedSources, keyOfSource, type Source, sourceNames } from './expected-sources.ts'

const spanEvidenceSql = coverageSql('./span-evidence.sql')
const sourceDomainsSql = coverageSql('./source-domains.sql')
const lastFilesSql = coverageSql('./last-files.sql')

/** A source that is expected to report some of the domains. */
export type SourceCoverage = Expectation & {
  /**
   * The end of its reports for its furthest domain, and for the domain furthest behind, unix ms; null without a report.
   */
  watermarkMs: number | null
  watermarkLeastMs: number | null
  rejectedLines: number
}

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
export type Reporting = {
  key: string
  cadence: Expectation
  domains: Set<string>
  reportedFor: (domain: string) => Reported | null
  lastFileMsFor: (domain: string) => number
  rejectedLines: number
}

/** Reads the sources that are expected to report the question's domains, ordered by name. */
export async function reportingSources(question: Question): Promise<Reporting[]> {
  const { version, rows, domains } = question
  const parameters = sharedParameters(question)
  const skipsHours = [...version.cadences.values()].some(({ skipsEmptyHours }) => skipsEmptyHours)
  const [spans, known, lastFiles] = await Promise.all([
    rows<SpanRow>(spanEvidenceSql, {
      ...{ ...parameters, ...rangeSeconds(question.range) },
      ...{ countsRejected: question.statesOnly ? 0 : 1, seesAll: question.seesAllFiles ? 1 : 0 },
    }),
    rows<Source & { domain: string }>(sourceDomainsSql, parameters),
    skipsHours ? rows<LastFileRow>(lastFilesSql, parameters) : [],
  ])
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

/** A source as the answer shows it. */
export function sourceCoverage({ cadence, domains, reportedFor, rejectedLines }: Reporting): SourceCoverage {
  let watermarkMs: number | null = null
  let watermarkLeastMs: number | null = Number.POSITIVE_INFINITY
  for (const domain of domains) {
    const toMs = reportedFor(domain)?.toMs
    if (toMs !== undefined) watermarkMs = Math.max(watermarkMs ?? 0, toMs)
    watermarkLeastMs = toMs === undefined || watermarkLeastMs === null ? null : Math.min(watermarkLeastMs, toMs)
  }
  return { ...cadence, watermarkMs, watermarkLeastMs, rejectedLines }
}

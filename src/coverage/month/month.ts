import { wholeNumber } from '../../exact-json.ts'
import type { BatchNumbers } from '../../ledger/batch-numbers.ts'
import { bucketMs } from '../../statistics/bucket-length.ts'
import { namesWithAccounts, type Source } from '../expected-sources.ts'
import { readLostLines } from '../lost-lines.ts'
import type { DomainCoverage } from '../read-coverage.ts'
import { type RefusedFile, refusedWithin } from '../refused-files.ts'
import type { Span } from '../runs.ts'
import { readSeenCoverage, type SeenQuestion } from '../seen-coverage.ts'
import { noBuckets } from '../state-words.ts'
import { type DayFigures, dayKey, noFigures, outOfLine, readDayFigures, type ZoneDay } from './month-days.ts'
import { faultCollector } from './month-faults.ts'
import { filesCome, filesExpected, surplusOf } from './month-files.ts'
import { faultsMax, type MonthDay, type MonthFault, type MonthView } from './month-schema.ts'
import { batchFault, dayFault, rejectedFault, surplusFault, viewOfFault } from './month-texts.ts'

/** The days that are shown, those before them, their zone, and whose batches are named: an account's, null: all. */
type Month = {
  days: ZoneDay[]
  before: ZoneDay[]
  timeZone: string
  showsBatchesOf: string | null
  /** Batch numbers as the caller sees them. */
  numbers: BatchNumbers
}

type Found = Pick<MonthView, 'judged_at' | 'total' | 'days' | 'faults_total' | 'faults'>

/** Reads the deliveries of a month, and their faults. @param page of days times domains, by date, then domain */
export async function readMonth(
  question: SeenQuestion,
  month: Month,
  page: { limit: number; offset: number },
): Promise<Found> {
  // None needs another: the engine answers them side by side.
  const [coverage, figures, lost] = await Promise.all([
    readSeenCoverage(question),
    readDayFigures(question, [...month.before, ...month.days]),
    readLostLines(question, month.showsBatchesOf),
  ])
  const { judgedAtMs, sources } = coverage
  const refused = refusedIn(coverage.refused, question.range, month)
  const { accountNames } = question
  const nameOf = accountNames === null ? ({ source }: Source) => source : namesWithAccounts(accountNames)
  const faults = faultCollector(sources, question.range, judgedAtMs)
  const bySource = new Map(sources.map((source) => [source.source, source]))
  const carriers = new Map<string, Set<string>>()
  const rows = new Map<string, Pick<MonthDay, 'files_expected' | 'files_come' | 'buckets'>>()
  const surplus: MonthFault[] = []
  for await (const domain of coverage.domains()) {
    faults.add(domain)
    carriers.set(domain.domain, new Set(domain.sourceKeys))
    for (const day of month.days) {
      const found = figures.get(dayKey(day.number, domain.domain)) ?? noFigures
      rows.set(dayKey(day.number, domain.domain), {
        files_expected: filesExpected(domain, day, bySource, judgedAtMs),
        files_come: filesCome(domain, day, bySource, found),
        buckets: bucketsOf(domain, day),
      })
    }
    surplus.push(...surplusOf(domain, month.days, bySource, judgedAtMs).map(surplusFault))
  }
  const all = month.days.flatMap((day) => question.domains.map((domain) => ({ day, domain })))
  const unusual = unusualDays(all, figures, judgedAtMs)
  const wrong = [
    ...refused.map((file) => batchFault(file, { ...month, nameOf })),
    ...faults.faults().map((fault) => viewOfFault(fault, month.timeZone)),
    ...surplus,
    ...unusual,
    ...lost.map((lines) => rejectedFault(lines, nameOf)),
  ]
  return {
    judged_at: judgedAtMs,
    total: all.length,
    days: all.slice(page.offset, page.offset + page.limit).map(({ day, domain }) => ({
      ...viewOfDay(day, domain, figures),
      ...(rows.get(dayKey(day.number, domain)) ?? { files_expected: null, files_come: 0, buckets: noBuckets() }),
      files_refused: refused.filter((file) => carriers.get(domain)?.has(file.key) && isOf(file, day, domain)).length,
    })),
    faults_total: wrong.length,
    faults: wrong.slice(0, faultsMax),
  }
}

function viewOfDay(day: ZoneDay, domain: string, figures: ReadonlyMap<string, DayFigures>) {
  const found = figures.get(dayKey(day.number, domain)) ?? noFigures
  return {
    ...{ date: day.date, domain_name: domain, files_late: found.lateFiles },
    ...{ requests: found.requests, flux: wholeNumber(found.fluxBytes), rejected_lines: found.rejectedLines },
    out_of_line: outOfLine(figures, domain, day.number)?.is ?? null,
  }
}

/** Refused files of the month, of the account whose batches are shown. */
const refusedIn = (files: readonly RefusedFile[], range: Span, { timeZone, showsBatchesOf }: Month): RefusedFile[] =>
  refusedWithin(files, range, timeZone).filter(
    ({ accountId }) => showsBatchesOf === null || accountId === showsBatchesOf,
  )

function isOf({ hours, day, domain, refusedAtMs }: RefusedFile, on: ZoneDay, name: string): boolean {
  if (domain !== '' && domain !== name) return false
  if (day !== null) return day === on.number
  const atMs = hours?.startMs ?? refusedAtMs
  return atMs >= on.startMs && atMs < on.endMs
}

function bucketsOf({ runs }: DomainCoverage, day: ZoneDay) {
  const counts = noBuckets()
  for (const { startMs, endMs, value } of runs) {
    const lengthMs = Math.min(endMs, day.endMs) - Math.max(startMs, day.startMs)
    if (lengthMs > 0) counts[value.state] += lengthMs / bucketMs
  }
  return counts
}

/** Days that have ended and are out of line. */
const unusualDays = (
  all: readonly { day: ZoneDay; domain: string }[],
  figures: ReadonlyMap<string, DayFigures>,
  judgedAtMs: number,
): MonthFault[] =>
  all.flatMap(({ day, domain }) => {
    const found = day.endMs <= judgedAtMs ? outOfLine(figures, domain, day.number) : null
    const requests = figures.get(dayKey(day.number, domain))?.requests ?? 0
    return found ? [dayFault(day, domain, { ...found, requests })] : []
  })

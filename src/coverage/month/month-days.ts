import { countingSql, visibleParameters, visibleSql } from '../../ledger/visible.ts'
import { fillSlots, sqlFile } from '../../ports/warehouse/sql-file.ts'
import { spanOfDay } from '../../statistics/time-range.ts'
import { delaysOf, sourceKeySql } from '../expected-sources.ts'
import type { Span } from '../runs.ts'
import type { SeenQuestion } from '../seen-coverage.ts'

const filesOfDaysSql = fillSlots(sqlFile(import.meta.url, './files-of-days.sql'), {
  visible: visibleSql,
  counting: countingSql,
  source: sourceKeySql,
})
const usageOfDaysSql = fillSlots(sqlFile(import.meta.url, './usage-of-days.sql'), { visible: visibleSql })

const dayMs = 86_400_000

/** A day of a zone: its date as `YYYY-MM-DD`, its number since 1970-01-01 and its instants, unix ms. */
export type ZoneDay = Span & { date: string; number: number }

/** The days of numbers [from, to) in a zone; a day that its clocks leap over is left out. */
export function zoneDays(from: number, to: number, timeZone: string): ZoneDay[] {
  const numbers = Array.from({ length: to - from }, (_, n) => from + n)
  return numbers
    .map((number) => ({ number, ...spanOfDay(number, timeZone), date: dateOf(number) }))
    .filter(({ startMs, endMs }) => endMs > startMs)
}

const dateOf = (number: number) => new Date(number * dayMs).toISOString().slice(0, 10)

/** Figures of a day and a domain. Bytes are a decimal number, which may not fit a double. */
export type DayFigures = {
  requests: number
  fluxBytes: string
  files: number
  /** Of them, those of sources without a stated number of files. */
  streamFiles: number
  lateFiles: number
  rejectedLines: number
}

export const noFigures: DayFigures = {
  requests: 0,
  fluxBytes: '0',
  files: 0,
  streamFiles: 0,
  lateFiles: 0,
  rejectedLines: 0,
}

/** Names a day and a domain. */
export const dayKey = (number: number, domain: string): string => `${number} ${domain}`

type UsageRow = { day: number; domain: string; requests: number; fluxBytes: string }
type FilesRow = Omit<DayFigures, 'requests' | 'fluxBytes'> & { day: number; domain: string }

/**
 * Reads the figures of days and domains, by `dayKey`.
 * @param days in order, without gaps between their instants
 */
export async function readDayFigures(
  question: SeenQuestion,
  days: readonly ZoneDay[],
): Promise<Map<string, DayFigures>> {
  const { rows, version, domains, owners } = question
  const accountIds = [...new Set([...owners.values(), version.firstAccountId])]
  const stated = [...version.cadences.values()]
  const keysOf = (isOne: (cadence: (typeof stated)[number]) => boolean) =>
    stated.filter(isOne).flatMap(({ accountId, source }) => {
      const whose = accountId === '' ? accountIds : [accountId]
      return whose.map((id) => `${id}:${source}`)
    })
  const shared = {
    ...visibleParameters(version, domains),
    domains,
    dayStarts: [...days.map(({ startMs }) => startMs / 1000), (days.at(-1)?.endMs ?? 0) / 1000],
    from: (days[0]?.startMs ?? 0) / 1000,
    to: (days.at(-1)?.endMs ?? 0) / 1000,
  }
  const [usage, files] = await Promise.all([
    rows<UsageRow>(usageOfDaysSql, shared),
    rows<FilesRow>(filesOfDaysSql, {
      ...shared,
      ...delaysOf({ accountId: version.firstAccountId, accountIds, version }),
      accountIds,
      owners: domains.map((domain) => owners.get(domain) ?? ''),
      firstAccount: version.firstAccountId,
      hourlySources: keysOf(({ filesPerHour }) => filesPerHour !== null),
      dailySources: keysOf(({ filesPerDay }) => filesPerDay !== null),
      seesAll: question.seesAllFiles ? 1 : 0,
    }),
  ])
  const figures = new Map<string, DayFigures>()
  const add = (row: { day: number; domain: string }, more: Partial<DayFigures>) => {
    const key = dayKey(days[row.day - 1]?.number ?? 0, row.domain)
    figures.set(key, { ...noFigures, ...figures.get(key), ...more })
  }
  for (const row of usage) add(row, { requests: row.requests, fluxBytes: row.fluxBytes })
  for (const { day, domain, ...row } of files) add({ day, domain }, row)
  return figures
}

/** Days that a day is compared with: its weekday, up to this many weeks before or after. */
const weeksAround = 4
const comparedMin = 3
/** A day with less than half of that median, or more than twice, is out of line. */
const factor = 2
/** Below this median, days differ by chance. */
const requestsMin = 100

/**
 * Compares a day's requests with the median of the same weekday up to four weeks before and after, among days with
 * requests, of which there must be three.
 * @returns `low` under half of it, `high` over twice; null within, or where too little is known
 */
export function outOfLine(
  figures: ReadonlyMap<string, DayFigures>,
  domain: string,
  number: number,
): { is: 'low' | 'high'; median: number } | null {
  const requestsOn = (day: number) => figures.get(dayKey(day, domain))?.requests ?? 0
  const weeks = Array.from({ length: 2 * weeksAround + 1 }, (_, n) => n - weeksAround).filter((week) => week !== 0)
  const others = weeks.map((week) => requestsOn(number + 7 * week)).filter((requests) => requests > 0)
  if (others.length < comparedMin) return null
  const sorted = others.sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const median = ((sorted[middle] ?? 0) + (sorted[sorted.length - 1 - middle] ?? 0)) / 2
  if (median < requestsMin) return null
  const requests = requestsOn(number)
  if (requests * factor < median) return { is: 'low', median }
  return requests > median * factor ? { is: 'high', median } : null
}

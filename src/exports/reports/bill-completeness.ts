import { isSettled } from '../../coverage/state-words.ts'
import { sqlFile } from '../../ports/warehouse/sql-file.ts'
import { calendarDays, localTime } from '../../statistics/time-range.ts'
import { type Series, seriesOf } from './bill-series.ts'
import { bucketsByState, runsIn } from './bill-states.ts'
import type { ReportInput, Slice } from './report.ts'
import { stateNames } from './state-names.ts'

const completeness = sqlFile(import.meta.url, './bill-completeness.sql')
const gaps = sqlFile(import.meta.url, './bill-gaps.sql')

/** Rows of a slice: their values are parameters of its statement, of about 100 bytes a row. */
const sliceRows = 5_000

/** Each domain’s buckets by state, for each day. */
export async function* completenessSlices(input: ReportInput): AsyncGenerator<Slice> {
  const { request } = input
  const days = calendarDays(request, request.timeZone).map(({ startTimeMs, endTimeMs }) => ({
    day: localTime(startTimeMs, request.timeZone).slice(0, 10),
    span: { startMs: startTimeMs, endMs: endTimeMs },
  }))
  yield* inSlices(domainsOf(input), days.length, (domains) => {
    const rows = domains.flatMap(({ account, name, runs: [runs = []] }) =>
      days.map(({ day, span }) => ({ account, name, day, counts: bucketsByState(runsIn(runs, span)) })),
    )
    const parameters = {
      ...columnsOf(rows),
      days: rows.map(({ day }) => day),
      counts: rows.map(({ counts }) => counts),
    }
    return { sql: completeness, parameters, rows: rows.length, settings: {} }
  })
}

/** Each domain’s ranges that are neither final nor reported. */
export async function* gapSlices(input: ReportInput): AsyncGenerator<Slice> {
  const { language } = input.request
  const open = domainsOf(input).flatMap(({ account, name, runs: [runs = []] }) =>
    runs.filter(({ value }) => !isSettled(value)).map((run) => ({ account, name, ...run })),
  )
  yield* inSlices(open, 1, (rows) => {
    const parameters = {
      ...columnsOf(rows),
      states: rows.map(({ value }) => stateNames[language][value]),
      starts: rows.map(({ startMs }) => startMs / 1000),
      ends: rows.map(({ endMs }) => endMs / 1000),
    }
    return { sql: gaps, parameters, rows: rows.length, settings: {} }
  })
}

const domainsOf = (input: ReportInput): Series[] => seriesOf(input).flatMap(({ domains }) => domains)

const columnsOf = (rows: { account: string; name: string }[]) => ({
  accounts: rows.map(({ account }) => account),
  names: rows.map(({ name }) => name),
})

/** A table has a slice even without a row. */
function* inSlices<T>(all: T[], rowsOfEach: number, sliceOf: (some: T[]) => Slice): Generator<Slice> {
  const size = Math.max(1, Math.floor(sliceRows / Math.max(1, rowsOfEach)))
  for (let first = 0; first === 0 || first < all.length; first += size) yield sliceOf(all.slice(first, first + size))
}

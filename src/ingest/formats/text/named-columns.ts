import { AppError } from '../../../errors.ts'
import type { LineSurvey } from '../line/line-survey.ts'

/** Columns that a projection reads, each by the names it may have in a `#Fields` line, the best first. */
export type NamedColumns = Readonly<Record<string, readonly string[]>>

/** Changes of columns in a content, and different orders of them: each is bound as parameters of the statement. */
const changesMax = 5_000
const layoutsMax = 100
/** Beyond the end of every line: a column that is not there is empty. */
const noPlace = 1_000_000

const headerPattern = /^(?:\xef\xbb\xbf)?#Fields:[ \t]*(.*?)\r?$/

/** The columns that a line names, if it is a `#Fields` line. */
export function fieldsOf(line: string): string[] | null {
  const names = headerPattern.exec(line)?.[1]
  return names === undefined ? null : names.trim().split(/\s+/)
}

/** The columns of the first `#Fields` line of a log's first bytes. */
export function firstFields(head: Buffer): string[] | null {
  const line = head
    .toString('latin1')
    .split('\n')
    .find((one) => fieldsOf(one) !== null)
  return line === undefined ? null : fieldsOf(line)
}

/** The place of a column, from 0; -1 when the line does not name it. Names of headers have no case. */
export function placeOf(fields: readonly string[], names: readonly string[]): number {
  const named = fields.map((name) => name.toLowerCase())
  const found = names.map((name) => named.indexOf(name.toLowerCase())).find((at) => at >= 0)
  return found ?? -1
}

/** @throws AppError FLUXPORT.0103 when the line lacks one of them */
export function assertNames(fields: readonly string[], columns: NamedColumns, needed: readonly string[]): void {
  const missing = missingOf(fields, columns, needed)
  if (missing.length > 0)
    throw new AppError('FLUXPORT.0103', `The log's #Fields line does not name ${missing.join(', ')}`)
}

const missingOf = (fields: readonly string[], columns: NamedColumns, needed: readonly string[]) =>
  needed
    .map((column) => columns[column] ?? [])
    .filter((names) => placeOf(fields, names) < 0)
    .map(([best]) => best)

/** SQL of each column, as slots of a projection whose lines have `fields` and `places`. */
export const columnSlots = (columns: NamedColumns): Record<string, string> =>
  Object.fromEntries(Object.keys(columns).map((name, index) => [name, `fields[places[${index + 1}]]`]))

/** One order of columns: how many there are, and where each wanted one is, from 1. */
type Layout = { size: number; places: number[] }

/** Parameters of a projection: which layout holds from which line on. */
export type ColumnParameters = {
  headerLines: number[]
  headerLayouts: number[]
  layoutSizes: number[]
  layoutPlaces: number[][]
}

/**
 * Collects the `#Fields` lines of a content: each holds for the lines that follow it, up to the next one.
 * @param needed lines under a header that lacks one of these are not well formed
 * @param fallback columns of the lines before the first header; without them, such lines are not well formed
 */
export function columnChanges(columns: NamedColumns, needed: readonly string[], fallback: readonly string[] | null) {
  const layouts: Layout[] = []
  const numbers = new Map<string, number>()
  const layoutOf = (fields: readonly string[]): number => {
    const key = fields.join(' ')
    const known = numbers.get(key)
    if (known !== undefined) return known
    const places = Object.values(columns).map((names) => placeOf(fields, names) + 1 || noPlace)
    layouts.push({ size: missingOf(fields, columns, needed).length > 0 ? 0 : fields.length, places })
    numbers.set(key, layouts.length)
    return layouts.length
  }
  const changes: [line: number, layout: number][] = [[0, fallback ? layoutOf(fallback) : 0]]
  return {
    /** @param lineNumber 0 if no request stands before it: then the engine needs no line's number, and reads in parallel */
    add: (fields: readonly string[], lineNumber: number): void => {
      const layout = layoutOf(fields)
      if (lineNumber === 0) changes.length = 0
      if (changes.at(-1)?.[1] !== layout) changes.push([lineNumber, layout])
      if (changes.length > changesMax || layouts.length > layoutsMax)
        throw new AppError(
          'FLUXPORT.0103',
          `Its #Fields lines change more than ${changesMax} times, or to more than ${layoutsMax} orders`,
        )
    },
    parameters: (): ColumnParameters => ({
      headerLines: changes.map(([line]) => line),
      headerLayouts: changes.map(([, layout]) => layout),
      layoutSizes: layouts.map(({ size }) => size),
      layoutPlaces: layouts.map(({ places }) => places),
    }),
  }
}

/** Parameters where no content is looked at: those of lines in this order. */
export const columnParameters = (columns: NamedColumns, fields: readonly string[] | null): ColumnParameters =>
  columnChanges(columns, [], fields).parameters()

/** A survey of the `#Fields` lines alone. */
export function columnSurvey(...about: Parameters<typeof columnChanges>): LineSurvey {
  const changes = columnChanges(...about)
  return {
    marks: ['#Fields:'],
    see: (line, lineNumber) => {
      const fields = fieldsOf(line)
      if (fields) changes.add(fields, lineNumber)
      return false
    },
    parameters: changes.parameters,
  }
}

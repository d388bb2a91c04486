import { clockSql, offsetSql } from '../../statistics/zone-offsets.ts'
import type { Column, Title } from './columns.ts'

/** A file format: the engine's form of a slice, and the way from slices to a file. */
export type FileFormat = {
  extension: string
  contentType: string
  /** The name in the FORMAT clause. */
  engineFormat: string
  settings: Record<string, string | number>
  /** True if one file holds all tables; false: each table has its own file. */
  holdsAllTables: boolean
  /** The columns of a file, where a format splits one of the report's into several. */
  columns?(columns: Column[], times: LocalTimes): Column[]
  /** SQL of one cell from `column`, a name of the statement's. */
  cell(column: string, type: Column['type'], times: LocalTimes): string
  /** Set if the engine's form of a slice has no names. A name would hide the column that a later cell reads. */
  hasNoNames?: true
  /** Writes the file of all tables, or of the one. It reads each table's slices in order, and once. */
  write(tables: FileTable[], about: () => About): AsyncIterable<Uint8Array>
}

/**
 * True if the zone's offset changes within the range: then local times have their offset. The SQL needs zoneParameters.
 */
export type LocalTimes = { offsetChanges: boolean }

/**
 * A table to be written. `slices` yields the engine's bytes, in the order of the rows. `summed` are the columns whose
 * sum over all rows means something; a format for people adds it.
 */
export type FileTable = {
  title: Title
  columns: Column[]
  summed?: readonly string[]
  language: keyof Title
  slices: AsyncIterable<{ stream: AsyncIterable<Uint8Array>; rows: number }>
}

/** The tab of a workbook's facts about itself; no other tab takes its name. */
export const aboutTitle = { en: 'About', zh: '说明' } as const

/** A file's facts about itself, as pairs of a label and a value; requested when all rows are written. */
export type About = {
  title: string
  /** The title of the whole file. */
  fileTitle: string
  /** The time of the data, unix ms: equal data give equal bytes. Null when there are none. */
  dataChangedAtMs: number | null
  lines: (readonly [label: string, value: string | number])[]
  /** Label of the number of texts that were cut to fit a cell, if there are any. */
  cutCellsLabel: string
}

/** A bucket's start in local time; with the offset where clocks change: 2026-10-25 02:00:00+02:00. */
export const localTimeSql = (column: string, times: LocalTimes): string =>
  times.offsetChanges ? withOffsetSql(column, times, '%F %T') : clockSql(column, times.offsetChanges)

/** As `localTimeSql`, always with the offset. */
export const withOffsetSql = (column: string, { offsetChanges }: LocalTimes, pattern: '%F %T' | '%FT%T'): string =>
  `concat(formatDateTime(${clockSql(column, offsetChanges)}, '${pattern}'), ${offsetSql(column, offsetChanges)})`

/** Bytes of all slices, one after another. */
export async function* bytesOf(slices: FileTable['slices']): AsyncGenerator<Uint8Array> {
  for await (const { stream } of slices) yield* stream
}

import { clockSql, offsetSql } from '../../statistics/zone-offsets.ts'
import type { Column, Title } from './columns.ts'

/** How the engine writes a slice for a format, and how the slices become a file. */
export type FileFormat = {
  extension: string
  contentType: string
  /** Of the FORMAT clause. */
  engineFormat: string
  settings: Record<string, string | number>
  /** Whether one file holds all tables, or each has its own. */
  holdsAllTables: boolean
  /** SQL of one cell out of `column`, a name of the statement's. */
  cell(column: string, type: Column['type'], times: LocalTimes): string
  /** The file of the tables: one, or all. Takes each table's slices in order, and once. */
  write(tables: FileTable[], about: () => About): AsyncIterable<Uint8Array>
}

/** Whether the zone's offset changes within the range: local times then carry theirs. The SQL binds zoneParameters. */
type LocalTimes = { offsetChanges: boolean }

/** A table on its way into a file. `slices` gives what the engine wrote, in the order of the rows. */
export type FileTable = {
  title: Title
  columns: Column[]
  language: keyof Title
  slices: AsyncIterable<{ stream: AsyncIterable<Uint8Array>; rows: number }>
}

/** What a file says of itself: pairs of a label and a value. Asked when all rows are written. */
export type About = {
  title: string
  lines: (readonly [label: string, value: string | number])[]
  /** Of the number of texts that did not fit a cell, where there are any. */
  cutCellsLabel: string
}

/** A bucket's start as the zone's clocks show it; where they repeat or jump, with the offset: 2026-10-25 02:00:00+02:00. */
export const localTimeSql = (column: string, times: LocalTimes): string =>
  times.offsetChanges ? withOffsetSql(column, times, '%F %T') : clockSql(column, times.offsetChanges)

/** The same, always with the offset. */
export const withOffsetSql = (column: string, { offsetChanges }: LocalTimes, pattern: '%F %T' | '%FT%T'): string =>
  `concat(formatDateTime(${clockSql(column, offsetChanges)}, '${pattern}'), ${offsetSql(column, offsetChanges)})`

/** Bytes of all slices, one after the other. */
export async function* bytesOf(slices: FileTable['slices']): AsyncGenerator<Uint8Array> {
  for await (const { stream } of slices) yield* stream
}

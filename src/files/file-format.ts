import type { Column, Title } from '../exports/reports/report.ts'

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

/** The zone of the times, and whether its offset changes within the range: local times then carry theirs. */
export type LocalTimes = { offsetChanges: boolean }

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
export function localTimeSql(column: string, times: LocalTimes): string {
  const local = `toTimeZone(${column}, {timeZone:String})`
  return times.offsetChanges ? withOffsetSql(local, '%F %T') : local
}

/** @param local a time in its zone, as SQL */
export function withOffsetSql(local: string, pattern: '%F %T' | '%FT%T'): string {
  const written = `formatDateTime(${local}, '${pattern}%z')`
  return `concat(substring(${written}, 1, 22), ':', substring(${written}, 23, 2))`
}

/** Bytes of all slices, one after the other. */
export async function* bytesOf(slices: FileTable['slices']): AsyncGenerator<Uint8Array> {
  for await (const { stream } of slices) yield* stream
}

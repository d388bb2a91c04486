import type { ExportTaskRow } from '../../ports/database/schema.ts'
import { localTime } from '../../statistics/time-range.ts'
import type { Table } from '../reports/report.ts'
import type { ExportRequest } from '../request/export-request.ts'
import { fileFormats } from './formats.ts'

/** A file of a task: the main one, one for each further table if the format holds one table, and the manifest. */
export type TaskFile = { name: string; key: string; rows: number | null; bytes: number; sha256: string }

/** A file that a task's attempt must write. An archive may have several parts; any other file has one. */
export type PlannedFile = { name: string; parts: [FilePart, ...FilePart[]] }
type FilePart = { name: string; tables: Table[] }

/** The directory of an attempt's files: each claim has its own token, and so its own directory. */
export const attemptPrefix = (taskId: string, leaseToken: number) => `${taskId}/${leaseToken}`

/** Files of the request's tables: a workbook holds all of them, and so does a bill's archive; others need one each. */
export function plannedFiles(request: ExportRequest, tables: [Table, ...Table[]]): PlannedFile[] {
  const { extension, holdsAllTables } = fileFormats[request.format]
  const base = baseName(request)
  const suffix = { none: '', gzip: '.gz', zip: '.zip' }[request.compression]
  const part = (table: Table, n: number) => ({
    name: `${base}${n === 0 ? '' : `_${table.name}`}.${extension}`,
    tables: [table],
  })
  if (holdsAllTables)
    return [{ name: `${base}.${extension}${suffix}`, parts: [{ name: `${base}.${extension}`, tables }] }]
  const [main, ...more] = tables
  const parts: PlannedFile['parts'] = [part(main, 0), ...more.map((table, n) => part(table, n + 1))]
  if (request.action === 'bill' && request.compression === 'zip') return [{ name: `${base}.${extension}.zip`, parts }]
  return parts.map((one) => ({ name: one.name + suffix, parts: [one] }))
}

/** `reports_detail_20261001T000000_20261002T000000`: letters, digits and `_`, safe on every system. */
function baseName(request: ExportRequest): string {
  const stamp = (timeMs: number) => localTime(timeMs, request.timeZone).replaceAll(/[-:]/g, '').replace(' ', 'T')
  return `${request.action}_${stamp(request.startTimeMs)}_${stamp(request.endTimeMs)}`
}

/** The manifest's name is the file's, extended. */
export const manifestName = (fileName: string) => `${fileName}.manifest.json`

export const filesOf = (task: Pick<ExportTaskRow, 'files_json'>): TaskFile[] =>
  task.files_json === null ? [] : (JSON.parse(task.files_json) as TaskFile[])

/** Media types by a file name's last extension. */
export function contentTypeOf(fileName: string): string {
  const extension = fileName.split('.').pop() ?? ''
  const known: Record<string, string> = {
    gz: 'application/gzip',
    zip: 'application/zip',
    json: 'application/json; charset=utf-8',
  }
  const format = Object.values(fileFormats).find((candidate) => candidate.extension === extension)
  return format?.contentType ?? known[extension] ?? 'application/octet-stream'
}

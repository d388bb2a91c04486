import type { Kysely, Transaction } from 'kysely'
import { actions } from '../../exports/request/actions.ts'
import { askerNames } from '../../ingest/formats/line/askers.ts'
import { keepDaysMax } from '../../ledger/log-keeping.ts'
import type { AnyRow } from '../../ports/database/database-rows.ts'
import type { Tables } from '../../ports/database/schema.ts'
import { compressions as logCompressions } from '../../ports/warehouse/decompress.ts'
import { compressions, csvDecimals, csvDelimiterNames, formats } from '../../statistics/format-names.ts'
import { languages } from '../../statistics/languages.ts'
import { serviceAreas } from '../../statistics/service-areas.ts'
import { knownZone } from '../../statistics/time-range.ts'
import { BackupDamaged } from './backup-damaged.ts'

/**
 * Rules of a backup's rows. Rows are later used as paths, file names, JSON and words of closed sets. So a row that no
 * server writes is refused before it is in a database.
 */

/** The kind of values of each column, by table: whole numbers or text. */
export type ColumnTypes = ReadonlyMap<string, ReadonlyMap<string, 'number' | 'text'>>

/** Column types of every table of a database. */
export async function columnTypesOf(queries: Kysely<Tables> | Transaction<Tables>): Promise<ColumnTypes> {
  const tables = await queries.introspection.getTables()
  return new Map(
    tables.map(({ name, columns }) => [
      name,
      new Map(columns.map((column) => [column.name, /int/i.test(column.dataType) ? 'number' : 'text'])),
    ]),
  )
}

/** @throws BackupDamaged naming table and column, never the content */
export function assertRow(types: ColumnTypes, table: string, row: unknown): asserts row is AnyRow {
  const columns = types.get(table)
  if (!columns || typeof row !== 'object' || row === null || Array.isArray(row))
    throw new BackupDamaged(`database/${table} has a row that is none`)
  for (const [name, value] of Object.entries(row)) {
    const type = columns.get(name)
    if (type === undefined) throw new BackupDamaged(`database/${table} has a column that this schema has not`)
    const fits = value === null || (type === 'number' ? isStoredWhole(name, value) : isText(value))
    const isAllowed = fits && (value === null || (ruleOf(table, name)?.(value, row as AnyRow) ?? true))
    if (!isAllowed) throw new BackupDamaged(`database/${table} has a row whose ${name} no server writes`)
  }
}

/** Largest value of a whole-number column: 64 bits, read as a bigint from 2^53 on. */
const int64Max = 2n ** 63n - 1n
/**
 * Sums keep every digit of the log's figures. A time must be a number everywhere: beyond 2^53 it is no date of any
 * calendar.
 */
function isStoredWhole(name: string, value: unknown): boolean {
  if (typeof value !== 'bigint') return Number.isSafeInteger(value)
  return !name.endsWith('_ms') && value <= int64Max && value >= -int64Max - 1n
}

/** PostgreSQL cannot store NUL. */
const isText = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')

type Rule = (value: unknown, row: AnyRow) => boolean

const oneOf =
  (...words: readonly string[]): Rule =>
  (value) =>
    words.includes(String(value))
const matching =
  (pattern: RegExp): Rule =>
  (value) =>
    pattern.test(String(value))

const artifactKey = /^[A-Za-z0-9_-]{1,64}(\/[A-Za-z0-9_-][A-Za-z0-9._-]*){1,4}$/

/** Only the task's own files, because the files of an expired task are removed by these keys. */
const isKeyOf = (key: unknown, row: AnyRow) =>
  artifactKey.test(String(key)) && String(key).startsWith(`${String(row['id'])}/`)
const fileName = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,254}$/
const name64 = /^[A-Za-z0-9_-]{1,64}$/
const visible = /^[\x21-\x7e]{1,128}$/

/** Checked zones: a ledger has as many batches as files, but few zones. */
const zones = new Set<unknown>()
function isZone(value: unknown): boolean {
  if (zones.has(value)) return true
  if (knownZone(String(value)) === null) return false
  zones.add(value)
  return true
}

const rules: Record<string, Record<string, Rule>> = {
  account: {
    id: matching(name64),
    is_first: oneOf('0', '1'),
    default_format: oneOf(...formats),
    default_compression: oneOf(...compressions),
    default_service_area: oneOf(...serviceAreas),
    default_language: oneOf(...languages),
    default_time_zone: isZone,
    default_csv_delimiter: oneOf(...csvDelimiterNames),
    default_csv_decimal: oneOf(...csvDecimals),
    default_csv_bom: oneOf('true', 'false'),
  },
  access_key: { access_key: matching(visible), role: oneOf('operator', 'account', 'ingest') },
  batch: {
    compression: oneOf(...logCompressions),
    log_zone: isZone,
    count_also_json: (value) => areAskers(parsed(value)),
    open_pieces_json: (value) => arePieces(parsed(value)),
    overlap: oneOf('refuse', 'accept'),
    delivery: oneOf('file', 'push'),
  },
  export_task: {
    id: matching(name64),
    state: oneOf('waiting', 'processing', 'success', 'fail', 'canceled', 'expired', 'deleted'),
    action: oneOf(...actions),
    artifact_key: isKeyOf,
    file_name: matching(fileName),
    artifact_sha256: matching(/^[0-9a-f]{64}$/),
    files_json: (value, row) => areFilesOf(parsed(value), row),
    request_json: (value) => isRequest(parsed(value)),
    whose: matching(name64),
  },
  log_keeping: { keep_days: (value) => Number(value) >= 1 && Number(value) <= keepDaysMax },
  charge_mode: {
    charge_mode: oneOf('flux', 'bw'),
    service_area: oneOf(...serviceAreas),
  },
  retention_floor: { source: oneOf('request', 'usage', 'url_daily', 'geography_hourly') },
}

/** A column named as JSON is parsed by its readers, so it must be JSON of an object or a list. */
function ruleOf(table: string, column: string): Rule | undefined {
  const own = rules[table]?.[column]
  if (own) return own
  return column.endsWith('_json') ? (value) => typeof (parsed(value) ?? 0) === 'object' : undefined
}

function parsed(value: unknown): unknown {
  try {
    return JSON.parse(String(value))
  } catch {
    return undefined
  }
}

const areAskers = (given: unknown) => Array.isArray(given) && given.every((one) => askerNames.includes(one))

const arePieces = (given: unknown) =>
  Array.isArray(given) &&
  given.every((piece: unknown) => {
    const { stream, at } = (piece ?? {}) as Record<string, unknown>
    return typeof stream === 'string' && /^\d{10,}\.\d{9}$/.test(String(at))
  })

function areFilesOf(files: unknown, row: AnyRow): boolean {
  if (!Array.isArray(files)) return false
  return files.every((file: unknown) => {
    const { name, key, sha256 } = (file ?? {}) as Record<string, unknown>
    return fileName.test(String(name)) && isKeyOf(key, row) && /^[0-9a-f]{64}$/.test(String(sha256))
  })
}

/** Checks an export's request: its words select statements, and its zone goes into every one of them. */
function isRequest(request: unknown): boolean {
  if (typeof request !== 'object' || request === null) return false
  const { action, format, compression, timeZone, startTimeMs, endTimeMs } = request as Record<string, unknown>
  const isIn = (words: readonly string[], value: unknown) => value === undefined || words.includes(String(value))
  return (
    isIn(actions, action) &&
    isIn(formats, format) &&
    isIn(compressions, compression) &&
    (timeZone === undefined || isZone(timeZone)) &&
    Number.isSafeInteger(startTimeMs) &&
    Number.isSafeInteger(endTimeMs)
  )
}

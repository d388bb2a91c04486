import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'

const projection = sqlFile(import.meta.url, './field-lines.sql')

/**
 * SQL of each column from `f`, the line's fields; an omitted column is not logged. All of it is the program's own SQL.
 */
export type Columns = {
  time: string
  host: string
  client_ip: string
  target: string
  referrer: string
  user_agent: string
  method: string
  status: string
  bytes: string
  /** 1 hit, 0 miss, -1 not logged. */
  cache?: string
  duration_ms?: string
  country?: string
  province?: string
  carrier?: string
  /** The class of what asked (askers.ts), empty for a visitor. */
  asked_by?: string
}

const notLogged = {
  cache: '-1',
  duration_ms: 'toUInt32(0)',
  country: `''`,
  province: `''`,
  carrier: `''`,
  asked_by: `''`,
}

/**
 * The projection of lines whose fields are found in one pass.
 * @param read `fields`: SQL of a line's fields, `f`; `is_line`: SQL that is true if the fields are there
 */
export const fieldProjection = (read: { fields: string; is_line: string }, columns: Columns): string =>
  fillSlots(projection, { ...notLogged, ...columns, ...read })

/**
 * Seconds since 1970 as a time; null beyond the engine's last time (2106).
 * @param seconds SQL of a whole number or null
 */
export const unixSecondsSql = (seconds: string): string =>
  `toDateTime(if(${seconds} < 4294967296, ${seconds}, NULL), 'UTC')`

/** Text of seconds, with or without a fraction, as a time. */
export const unixTextSql = (text: string): string =>
  unixSecondsSql(`toUInt64OrNull(extract(${text}, '^(\\\\d{1,11})(?:\\\\.\\\\d*)?$'))`)

/** Text of RFC 3339 as a time, with an offset or Z. Log times repeat, so a dictionary parses each only once. */
export const rfc3339Sql = (text: string): string =>
  `parseDateTime64BestEffortOrNull(extract(toLowCardinality(${text}), '^\\\\d{4}-\\\\d\\\\d-\\\\d\\\\dT\\\\d\\\\d:\\\\d\\\\d:\\\\d\\\\d(?:\\\\.\\\\d+)?(?:Z|[+-]\\\\d\\\\d:?\\\\d\\\\d)$'), 0, 'UTC')`

/** Text of the Common Log Format, `01/Sep/2026:08:00:01 +0800`, as a time. */
export const clfTimeSql = (text: string): string =>
  `parseDateTimeOrNull(extract(toLowCardinality(${text}), '^.{21}[+-](?:0\\\\d|1[0-4])[0-5]\\\\d$'), '%d/%b/%Y:%H:%i:%s %z')`

/** Text of RFC 3339, CLF, or unix s, ms, µs or ns, which differ in the number of digits. */
export const anyTimeSql = (text: string): string =>
  `multiIf(match(${text}, '^\\\\d{10}(\\\\.\\\\d*|(\\\\d{3}){0,3}(\\\\.\\\\d*)?)$'), ${unixSecondsSql(`toUInt64OrNull(substring(${text}, 1, 10))`)}, ` +
  `match(${text}, '^\\\\d{4}-'), ${rfc3339Sql(text)}, ${clfTimeSql(text)})`

/** `-` means empty. */
export const orEmptySql = (text: string): string => `if(${text} = '-', '', ${text})`

/** Path and query as requested. */
export const targetSql = (path: string, query: string): string =>
  `concat(${path}, if(${query} IN ('', '-'), '', concat('?', ${query})))`

/** Milliseconds from text of seconds with a fraction. */
export const secondsToMsSql = (text: string): string => scaledToMsSql(text, 1000)

/** Milliseconds from text of a number with its unit, as `1.5s`, `12ms`, `300µs` or `7 ns`; of seconds without one. */
export const unitToMsSql = (text: string): string =>
  `toUInt32(least(greatest(toFloat64OrZero(extract(${text}, '^[\\\\d.]+')), 0) * transform(extract(${text}, '([a-zµ]*)$'), ` +
  `['h', 'm', 'min', 'ms', 'us', 'µs', 'ns'], [3600000, 60000, 60000, 1, 0.001, 0.001, 0.000001], 1000.0), 4294967295))`

/** Milliseconds from text of a number of `ms` milliseconds each. */
export const scaledToMsSql = (text: string, ms: number): string =>
  `toUInt32(least(greatest(toFloat64OrZero(${text}), 0) * ${ms}, 4294967295))`

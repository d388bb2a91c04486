import { fillSlots, sqlFile } from '../../../ports/warehouse/sql-file.ts'

const projection = sqlFile(import.meta.url, './field-lines.sql')

/** SQL of each column out of `f`, the line's fields; what is left out is not logged. All of it ours: nothing is bound. */
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
  /** Whether the line is a request to count, where a format has others. */
  counts?: string
}

const notLogged = {
  cache: '-1',
  duration_ms: 'toUInt32(0)',
  country: `''`,
  province: `''`,
  carrier: `''`,
  counts: 'true',
}

/**
 * The projection of lines whose fields are found in one pass.
 * @param read `fields`: SQL of a line's fields, `f`; `is_line`: SQL of whether they are there
 */
export const fieldProjection = (read: { fields: string; is_line: string }, columns: Columns): string =>
  fillSlots(projection, { ...notLogged, ...columns, ...read })

/** Seconds since 1970 as a time; what the engine cannot hold (2106) is none. @param seconds SQL of a whole number or null */
export const unixSecondsSql = (seconds: string): string =>
  `toDateTime(if(${seconds} < 4294967296, ${seconds}, NULL), 'UTC')`

/** Text of a number of seconds, with or without a fraction, as a time. */
export const unixTextSql = (text: string): string =>
  unixSecondsSql(`toUInt64OrNull(extract(${text}, '^(\\\\d{1,11})(?:\\\\.\\\\d*)?$'))`)

/** Text of RFC 3339 as a time: with its offset, or Z. Log times repeat: as a dictionary each is read once. */
export const rfc3339Sql = (text: string): string =>
  `parseDateTime64BestEffortOrNull(extract(toLowCardinality(${text}), '^\\\\d{4}-\\\\d\\\\d-\\\\d\\\\dT\\\\d\\\\d:\\\\d\\\\d:\\\\d\\\\d(?:\\\\.\\\\d+)?(?:Z|[+-]\\\\d\\\\d:?\\\\d\\\\d)$'), 0, 'UTC')`

/** Text of the Common Log Format, `01/Sep/2026:08:00:01 +0800`, as a time. */
const clfTimeSql = (text: string): string =>
  `parseDateTimeOrNull(extract(toLowCardinality(${text}), '^.{21}[+-](?:0\\\\d|1[0-4])[0-5]\\\\d$'), '%d/%b/%Y:%H:%i:%s %z')`

/** Text of any of these: RFC 3339, CLF, and unix s, ms, µs or ns, told apart by how many digits they have. */
export const anyTimeSql = (text: string): string =>
  `multiIf(match(${text}, '^\\\\d{10}(\\\\.\\\\d*|(\\\\d{3}){0,3}(\\\\.\\\\d*)?)$'), ${unixSecondsSql(`toUInt64OrNull(substring(${text}, 1, 10))`)}, ` +
  `match(${text}, '^\\\\d{4}-'), ${rfc3339Sql(text)}, ${clfTimeSql(text)})`

/** `-` and nothing are the same. */
export const orEmptySql = (text: string): string => `if(${text} = '-', '', ${text})`

/** Path and query as they were asked. */
export const targetSql = (path: string, query: string): string =>
  `concat(${path}, if(${query} IN ('', '-'), '', concat('?', ${query})))`

/** Milliseconds out of text with a fraction of seconds. */
export const secondsToMsSql = (text: string): string => scaledToMsSql(text, 1000)

/** Milliseconds, from the text of their number. */
export const scaledToMsSql = (text: string, ms: number): string =>
  `toUInt32(least(greatest(toFloat64OrZero(${text}), 0) * ${ms}, 4294967295))`

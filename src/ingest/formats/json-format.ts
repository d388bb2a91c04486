import { fillSlots, sqlFile } from '../../sql-file.ts'
import type { LogFormat } from './log-format.ts'

const projection = sqlFile(import.meta.url, './json-lines.sql')

/** A line that does not say where its client is. */
const noPlace = { country: `''`, province: `''`, carrier: `''` }

/** SQL of each column out of `f`, the line's fields; what is left out is not logged. All of it ours: nothing is bound. */
type Columns = {
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

/**
 * A format of JSON lines.
 * @param fields names and types as JSONExtract takes them; the first is the time, which every line has
 */
export function jsonFormat(
  format: Omit<LogFormat, 'projection' | 'namesDomain'> & { fields: string[]; columns: Columns },
): LogFormat {
  const { fields, columns, ...known } = format
  const notLogged = { cache: '-1', duration_ms: 'toUInt32(0)', counts: 'true', ...noPlace }
  return {
    ...known,
    namesDomain: true,
    projection: fillSlots(projection, { ...notLogged, ...columns, fields: `Tuple(${fields.join(', ')})` }),
  }
}

/** Seconds since 1970 as a time; what the engine cannot hold (2106) is none. @param seconds SQL of a whole number or null */
export const unixSecondsSql = (seconds: string): string =>
  `toDateTime(if(${seconds} < 4294967296, ${seconds}, NULL), 'UTC')`

/** Text of a number of seconds, with or without a fraction, as a time. */
export const unixTextSql = (text: string): string =>
  unixSecondsSql(`toUInt64OrNull(extract(${text}, '^(\\\\d{1,11})(?:\\\\.\\\\d*)?$'))`)

/** Text of RFC 3339 as a time: with its offset, or Z. Log times repeat: as a dictionary each is read once. */
export const rfc3339Sql = (text: string): string =>
  `parseDateTime64BestEffortOrNull(extract(toLowCardinality(${text}), '^\\\\d{4}-\\\\d\\\\d-\\\\d\\\\dT\\\\d\\\\d:\\\\d\\\\d:\\\\d\\\\d(?:\\\\.\\\\d+)?(?:Z|[+-]\\\\d\\\\d:?\\\\d\\\\d)$'), 0, 'UTC')`

/** `-` and nothing are the same. */
export const orEmptySql = (text: string): string => `if(${text} = '-', '', ${text})`

/** Path and query as they were asked. */
export const targetSql = (path: string, query: string): string =>
  `concat(${path}, if(${query} IN ('', '-'), '', concat('?', ${query})))`

/** Milliseconds out of text with a fraction of seconds. */
export const secondsToMsSql = (text: string): string =>
  `toUInt32(least(greatest(toFloat64OrZero(${text}), 0) * 1000, 4294967295))`

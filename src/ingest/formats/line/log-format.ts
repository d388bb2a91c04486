import type { LinePattern } from './line-pattern.ts'

/**
 * A log format is data: how to recognise a line, and one projection in SQL from the rows of `/*lines*\/` (one column,
 * `line`) to these columns. The engine parses; no line passes through JavaScript. Each SELECT of it begins with `line`: the
 * line's load and number are carried beside it.
 *
 * | column | type | meaning |
 * |---|---|---|
 * | line | String | the line itself |
 * | well_formed | UInt8 | 0: the fields are not where the format has them |
 * | time | Nullable(DateTime('UTC')) | null: not a time |
 * | host | LowCardinality(String) | as logged, port and all; empty when the line names none |
 * | client_ip | String | |
 * | target | String | path and query, or an absolute URL |
 * | referrer, user_agent, method | String | `-` means none |
 * | status | Nullable(UInt16) | null: not a number |
 * | bytes | Nullable(UInt64) | null: not a number |
 * | cache | Int8 | 1 hit, 0 miss, -1 not logged |
 * | duration_ms | UInt32 | 0 when not logged |
 * | country | String | as logged: two lower-case letters of ISO 3166-1, empty when the line says none |
 * | province, carrier | String | as logged: codes of statistics/places.ts, empty when the line says none |
 */
export type LogFormat = {
  name: string
  title: string
  /** False: lines name no domain, and a delivery must. */
  namesDomain: boolean
  /** The domain is that of the URL in the request line, where a client may put any; see `recognisable`. */
  hasDomainInRequest?: true
  /** A line of the format, invented: its documentation, and a test's sample. */
  example: string
  /** Matches a line of this format and of no other, in time that grows as the line does. */
  recognises: LinePattern
  /** What its figures mean, for the documentation. */
  meaning: { time: string; bytes: string; cache: string }
  projection: string
  /** Where a log's first bytes say what stands where: its own projection. @throws AppError FLUXPORT.0103 */
  projectionOfHead?: (head: Buffer) => string
  /** Values that the projection binds, besides `logZone`. */
  parameters?: Readonly<Record<string, string>>
}

/**
 * Formats that may be recognised. Servers log a request line as it came, so a client that asks for `http://other.example/`
 * makes a combined line look like Varnish's: where a delivery states a domain, no line may say another that way.
 */
export const recognisable = (formats: readonly LogFormat[], hasStatedDomain: boolean): readonly LogFormat[] =>
  hasStatedDomain ? formats.filter((format) => format.hasDomainInRequest !== true) : formats

export const formatByName = (formats: readonly LogFormat[], name: string): LogFormat | undefined =>
  formats.find((format) => format.name === name)

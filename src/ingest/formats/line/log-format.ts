import type { Asker } from './askers.ts'
import type { LinePattern } from './line-pattern.ts'
import type { LineSurvey } from './line-survey.ts'
import type { Wrapping } from './wrapping.ts'

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
 * | client_ip | String | as logged: with a port, or a list of proxies, as in X-Forwarded-For |
 * | target | String | path and query, or an absolute URL |
 * | referrer, user_agent, method | String | `-` means none |
 * | status | Nullable(UInt16) | null: not a number |
 * | bytes | Nullable(UInt64) | null: not a number |
 * | cache | Int8 | 1 hit, 0 miss, -1 not logged |
 * | duration_ms | UInt32 | 0 when not logged |
 * | country | String | as logged: two lower-case letters of ISO 3166-1, empty when the line says none |
 * | province, carrier | String | as logged: codes of statistics/places.ts, empty when the line says none |
 * | asked_by | String | who asked (askers.ts), empty for a visitor; only formats with `askers` have it |
 */
export type LogFormat = {
  name: string
  title: string
  /** False: lines name no domain, so the delivery must. */
  namesDomain: boolean
  /** Described by the user: it may describe a prefix, so it is tried before a line is unwrapped. */
  isOwn?: true
  /** The domain is that of the URL in the request line, which a client may choose freely; see `recognisable`. */
  hasDomainInRequest?: true
  /**
   * Which of a line's values is the domain, only the one who delivers it knows: `auto` takes the format where a domain is
   * stated, and the format's name says what `domainStated` explains.
   */
  domainStated?: string
  /** An invented line of the format, for its documentation and as a test's sample. */
  example: string
  /** Matches only lines of this format, in time proportional to the line's length. */
  recognises: LinePattern
  /**
   * Matches a line whose user's name has blanks, too: a client chooses its name, and pushes may be of one line. Where any
   * format is recognised, it is not asked.
   */
  recognisesUser?: LinePattern
  /** Meaning of its figures, for the documentation. */
  meaning: { time: string; bytes: string; cache: string }
  /** Classes of lines that are no visitor's; without them every line is one's. */
  askers?: readonly Asker[]
  projection: string
  /** Parameters of the projection, besides those of local times (local-time.ts). */
  parameters?: Readonly<Record<string, unknown>>
  /** Names the field at which a line stops to follow the format; for a preview of one's own patterns. */
  brokenAt?: (line: string) => string | null
  /** Finds what the projection must know of the whole content; null when this content needs none. */
  survey?: (about: { logZone: string; head: Buffer }) => LineSurvey | null
  /** The wrapping around each line; the projection gets the line within. */
  wrapping?: Wrapping
}

/**
 * Formats that may be recognised. Servers log a request line as received, so a client that asks for
 * `http://other.example/` makes a combined line look like Varnish's. Where a delivery states a domain, such formats are
 * excluded.
 */
export const recognisable = (formats: readonly LogFormat[], hasStatedDomain: boolean): readonly LogFormat[] =>
  hasStatedDomain ? formats.filter((format) => format.hasDomainInRequest !== true) : formats

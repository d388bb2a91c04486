import {
  anyTimeSql,
  type Columns,
  orEmptySql,
  scaledToMsSql,
  secondsToMsSql,
  targetSql,
  unitToMsSql,
} from './field-format.ts'
import { countryOfNameSql } from './logged-places.ts'

/** The parts of a line that users name in their formats: a pattern's variables, or a JSON object's names. */
export const lineParts = [
  'time',
  'date',
  'time_of_day',
  'host',
  'client',
  'forwarded_for',
  'request',
  'method',
  'target',
  'path',
  'query',
  'status',
  'bytes',
  'referrer',
  'user_agent',
  'cache',
  'duration_s',
  'duration_ms',
  'duration_us',
  'duration_ns',
  'duration',
  'country',
] as const
export type LinePart = (typeof lineParts)[number]

/** SQL of the text of each part in the lines; the best of several first. */
export type PartTexts = Partial<Record<LinePart, string[]>>

/** Answers from a cache, in the words of nginx, Varnish, Squid and CDNs; and those of an origin. */
const hitPattern =
  '^(1|true|stale|updating|revalidated|(hit|[a-z]+_hit|[a-z]*(refresh|shield|mem|cache)hit|(tcp|udp)_[a-z_]*hit)([^a-z].*)?)$'
const missPattern =
  '^(0|false|pass|pipe|synth|expired|bypass|dynamic|none|ignored|uncacheable|no_?cache|config_nocache|private_nostore|error|(miss|[a-z]+_miss|refreshmiss|(tcp|udp)_[a-z_]+)([^a-z].*)?)$'

/** The first text with a value, else the last one. */
function firstSql(texts: string[] = []): string {
  if (texts.length <= 1) return texts[0] ?? `''`
  const choices = texts.slice(0, -1).map((text) => `${text} NOT IN ('', '-'), ${text}`)
  return `multiIf(${choices.join(', ')}, ${texts.at(-1)})`
}

/** `METHOD target PROTOCOL`; anything else is a broken request line, which yields neither method nor target. */
const requestPattern = '^(\\\\S+) (.*) HTTP/[0-9.]+$'

/**
 * The columns of a line from its parts.
 * @param hits the words of a cache that mean a hit, bound as the parameter `hitWords`; without it, the known ones
 * @param parts has at least a time, a status, bytes, and a request, a target or a path: see missingParts
 */
export function columnsOf(parts: PartTexts, hits: 'known' | 'bound' = 'known'): Columns {
  const text = (part: LinePart) => firstSql(parts[part])
  const request = text('request')
  const fromRequest = parts.request && `extractGroups(${request}, '${requestPattern}')`
  const query = `if(startsWith(${text('query')}, '?'), substring(${text('query')}, 2), ${text('query')})`
  const targets = [
    ...(parts.target ?? []),
    ...(fromRequest ? [`${fromRequest}[2]`] : []),
    ...(parts.path ? [targetSql(text('path'), query)] : []),
  ]
  const target = firstSql(targets)
  // The client chooses the URL, so its domain must not override the delivery's.
  const inUrl = `if({defaultDomain:String} = '', extract(${target}, '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)'), '')`
  return {
    time: anyTimeSql(timeText(parts)),
    host: firstSql([...(parts.host ?? []), inUrl]),
    client_ip: firstSql([...(parts.client ?? []), ...(parts.forwarded_for ?? [])]),
    target,
    referrer: text('referrer'),
    user_agent: text('user_agent'),
    method: firstSql([...(parts.method ?? []), ...(fromRequest ? [`${fromRequest}[1]`] : [])]),
    status: lastSql(text('status')),
    // Apache writes - for no bytes.
    bytes: `if(${text('bytes')} = '-', '0', ${text('bytes')})`,
    cache: cacheSql(lastSql(orEmptySql(text('cache'))), hits),
    duration_ms: durationSql(parts),
    ...(parts.country ? { country: countryOfNameSql(text('country')) } : {}),
  }
}

/** nginx lists the answers of several servers: the last one was sent on. */
const lastSql = (text: string) => `trim(BOTH ' ' FROM extract(${text}, '([^,]*)$'))`

/** A word that nobody knows says nothing of the cache. */
function cacheSql(text: string, hits: 'known' | 'bound'): string {
  const word = `lower(${text})`
  if (hits === 'bound') return `multiIf(${word} IN ('', '-'), -1, has({hitWords:Array(String)}, ${word}), 1, 0)`
  return `multiIf(match(${word}, '${hitPattern}'), 1, match(${word}, '${missPattern}'), 0, -1)`
}

/** A date and a time of day in two fields are one time, of UTC unless the latter has a zone. */
function timeText(parts: PartTexts): string {
  if (!parts.date || !parts.time_of_day) return firstSql(parts.time)
  const [date, clock] = [firstSql(parts.date), firstSql(parts.time_of_day)]
  const both = `concat(${date}, 'T', ${clock}, if(match(${clock}, '(Z|[+-]\\\\d\\\\d:?\\\\d\\\\d)$'), '', 'Z'))`
  return firstSql([...(parts.time ?? []), both])
}

function durationSql(parts: PartTexts): string {
  if (parts.duration_ms) return scaledToMsSql(firstSql(parts.duration_ms), 1)
  if (parts.duration_us) return scaledToMsSql(firstSql(parts.duration_us), 0.001)
  if (parts.duration_ns) return scaledToMsSql(firstSql(parts.duration_ns), 0.000001)
  if (parts.duration) return unitToMsSql(firstSql(parts.duration))
  return secondsToMsSql(firstSql(parts.duration_s))
}

/** The required parts that lines do not have, in words for the user. */
export function missingParts(has: (part: LinePart) => boolean): string[] {
  const isThere = (part: LinePart) => has(part) || (part === 'time' && has('date') && has('time_of_day'))
  const missing = (['time', 'status', 'bytes'] as const).filter((part) => !isThere(part)) as string[]
  return has('request') || has('target') || has('path') ? missing : [...missing, 'request, target or path']
}

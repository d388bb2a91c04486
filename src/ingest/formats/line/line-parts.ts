import { anyTimeSql, type Columns, orEmptySql, scaledToMsSql, secondsToMsSql, targetSql } from './field-format.ts'
import { countryOfNameSql } from './logged-places.ts'

/** The parts of a line that users name in their formats: a pattern's variables, or a JSON object's names. */
export const lineParts = [
  'time',
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
  'country',
] as const
export type LinePart = (typeof lineParts)[number]

/** SQL of the text of each part in the lines; the best of several first. */
export type PartTexts = Partial<Record<LinePart, string[]>>

/** Answers from a cache, in the words of nginx, Varnish, Squid and CDNs. */
const hitPattern = '^(1|true|hit|stale|updating|revalidated|refreshhit|tcp_[a-z_]*hit)'

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
 * @param parts has at least a time, a status, bytes, and a request, a target or a path: see missingParts
 */
export function columnsOf(parts: PartTexts): Columns {
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
    time: anyTimeSql(text('time')),
    host: firstSql([...(parts.host ?? []), inUrl]),
    client_ip: firstSql([...(parts.client ?? []), ...(parts.forwarded_for ?? [])]),
    target,
    referrer: text('referrer'),
    user_agent: text('user_agent'),
    method: firstSql([...(parts.method ?? []), ...(fromRequest ? [`${fromRequest}[1]`] : [])]),
    status: text('status'),
    // Apache writes - for no bytes.
    bytes: `if(${text('bytes')} = '-', '0', ${text('bytes')})`,
    cache: cacheSql(orEmptySql(text('cache'))),
    duration_ms: durationSql(parts),
    ...(parts.country ? { country: countryOfNameSql(text('country')) } : {}),
  }
}

const cacheSql = (text: string) => `multiIf(${text} = '', -1, match(lower(${text}), '${hitPattern}'), 1, 0)`

function durationSql(parts: PartTexts): string {
  if (parts.duration_ms) return scaledToMsSql(firstSql(parts.duration_ms), 1)
  if (parts.duration_us) return scaledToMsSql(firstSql(parts.duration_us), 0.001)
  return secondsToMsSql(firstSql(parts.duration_s))
}

/** The required parts that lines do not have, in words for the user. */
export function missingParts(has: (part: LinePart) => boolean): string[] {
  const missing = (['time', 'status', 'bytes'] as const).filter((part) => !has(part)) as string[]
  return has('request') || has('target') || has('path') ? missing : [...missing, 'request, target or path']
}

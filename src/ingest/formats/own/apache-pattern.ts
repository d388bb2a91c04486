import type { LinePart } from '../line/line-parts.ts'
import { assertFew, FormatError } from './format-error.ts'
import type { PatternField, PatternPiece } from './pattern-regex.ts'

/** Directives of mod_log_config, mod_logio and varnishncsa; null: no counted part. Header names are in lower case. */
const directives: Readonly<Record<string, LinePart | null>> = {
  a: 'client',
  '{c}a': 'client',
  h: 'client',
  v: 'host',
  V: 'host',
  '{host}i': 'host',
  r: 'request',
  m: 'method',
  '{target}U': 'target',
  U: 'path',
  q: 'query',
  s: 'status',
  O: 'bytes',
  B: 'bytes',
  b: 'bytes',
  D: 'duration_us',
  T: 'duration_s',
  '{s}T': 'duration_s',
  '{ms}T': 'duration_ms',
  '{us}T': 'duration_us',
  '{sec}t': 'time',
  '{msec}t': 'time',
  '{usec}t': 'time',
  '{%Y-%m-%dT%H:%M:%S%z}t': 'time',
  '{referer}i': 'referrer',
  '{user-agent}i': 'user_agent',
  '{x-forwarded-for}i': 'forwarded_for',
  '{x-cache}o': 'cache',
  '{varnish:hitmiss}x': 'cache',
  '{varnish:handling}x': 'cache',
  '{cf-ipcountry}i': 'country',
  '{geoip_country_code}e': 'country',
  '{mm_country_code}e': 'country',
  ...Object.fromEntries('AfHIklLpPRSuX'.split('').map((letter) => [letter, null])),
}

const token = /(%(?:[!\d,]*)[<>]?(?:\{[^}]*\})?(?:\^t[io]|[A-Za-z%]))/

/**
 * The pieces of an Apache LogFormat, or of varnishncsa's, which has the same syntax. `%O` is preferred for bytes.
 * @throws FormatError naming an unknown directive
 */
export function apachePieces(given: string): PatternPiece[] {
  const text = apachePatternText(given).replaceAll('%U%q', '%{target}U')
  const found = text.split(token).filter((piece) => piece !== '')
  assertFew(found)
  const hasAllBytes = found.includes('%O')
  return found.flatMap((piece): PatternPiece[] => {
    if (!piece.startsWith('%')) return [{ text: assertPlain(piece) }]
    if (piece === '%%') return [{ text: '%' }]
    // %t writes its own brackets.
    if (piece === '%t') return [{ text: '[' }, { field: '%t', part: 'time', holds: 'word' }, { text: ']' }]
    const part = partOf(piece)
    const counted = hasAllBytes && part === 'bytes' && piece !== '%O' ? null : part
    return [{ field: piece, part: counted, holds: holdsOf(piece, part) }]
  })
}

/**
 * The string of a whole `LogFormat "…" name`, whose lines may end in a backslash; any other text is the pattern itself.
 * As Apache does, `\t` is a tab.
 */
function apachePatternText(given: string): string {
  const lines = given
    .replaceAll(/\\\r?\n\s*/g, '')
    .replaceAll(/^\s*#.*$/gm, '')
    .trim()
  const quoted = /^LogFormat\s+"((?:[^"\\]|\\.)*)"/i.exec(lines)?.[1] ?? lines
  return quoted.replaceAll(/\\(["\\t])/g, (_, character: string) => (character === 't' ? '\t' : character))
}

/** Directives of what a client sent, or an application answered. */
const texts = /^%[!\d,]*[<>]?(\{[^}]*\}[ioCen]|[rUqfu]|\{target\}U)$/

function holdsOf(piece: string, part: LinePart | null): PatternField['holds'] {
  if (part === 'host' || part === 'country' || part === 'method') return 'name'
  return texts.test(piece) ? 'text' : 'word'
}

/** @throws FormatError for an unknown directive */
function partOf(piece: string): LinePart | null {
  const [, name, letter = ''] = /^%[!\d,]*[<>]?(?:\{([^}]*)\})?(.+)$/.exec(piece) ?? []
  const isHeader = /^[ioex]$/.test(letter)
  const key = name === undefined ? letter : `{${isHeader ? name.toLowerCase() : name}}${letter}`
  const part = directives[key]
  if (part !== undefined) return part
  // A header, cookie, note, environment variable or port may have any name.
  if (name !== undefined && /^([ioenxCpPL]|\^t[io])$/.test(letter)) return null
  throw new FormatError(`${piece} is not a directive that is understood here`)
}

function assertPlain(text: string): string {
  if (text.includes('%')) throw new FormatError(`${JSON.stringify(text.slice(text.indexOf('%')))} is no directive`)
  return text
}

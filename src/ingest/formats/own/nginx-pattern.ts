import type { LinePart } from '../line/line-parts.ts'
import { isNginxVariable, nginxVariables } from '../line/nginx-variables.ts'
import { assertFew, FormatError } from './format-error.ts'
import type { PatternField, PatternPiece } from './pattern-regex.ts'

/**
 * The joined strings of a whole `log_format NAME [escape=…] 'a' "b";`, without comments; any other text is the pattern
 * itself. As nginx does, `\t` is a tab.
 * @throws FormatError for `escape=none`: there a client's quote ends a field
 */
export function nginxPatternText(given: string): string {
  const [, escaping, strings] = /^\s*log_format\s+\S+\s+(?:escape=(\w+)\s+)?(.*)$/s.exec(given) ?? []
  if (escaping === 'none')
    throw new FormatError('with escape=none a client can write fields of its own into a line; use escape=default')
  if (strings === undefined) return unescaped(given)
  return [...strings.matchAll(/#[^\n]*|'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/gs)]
    .map(([, single, double]) => unescaped(single ?? double ?? ''))
    .join('')
}

const unescaped = (text: string) =>
  text.replaceAll(/\\(['"\\t])/g, (_, character: string) => (character === 't' ? '\t' : character))

/** The order of nginxVariables decides which of several variables for a part is best. */
const ranks = new Map(Object.keys(nginxVariables).map((name, at) => [name, at]))
const rank = (name: string) => ranks.get(name) ?? ranks.size

/**
 * The pieces of an nginx log_format.
 * @param own variables of the user's own `set` and `map`, which are ignored
 * @throws FormatError naming an unknown variable
 */
export function nginxPieces(text: string, own: readonly string[]): PatternPiece[] {
  // `$uri$is_args$args` equals `$request_uri`.
  const pattern = text.replaceAll(
    /\$\{?(?:uri|document_uri)\}?\$\{?is_args\}?\$\{?(?:args|query_string)\}?/g,
    '$request_uri',
  )
  const pieces = pattern.split(/(\$(?:\w+|\{\w+\}))/).filter((piece) => piece !== '')
  assertFew(pieces)
  const names = pieces.map((piece) => /^\$\{?(\w+)\}?$/.exec(piece)?.[1])
  return pieces.map((piece, at): PatternPiece => {
    const name = names[at]
    if (name === undefined) return { text: assertPlain(piece) }
    if (!own.includes(name) && !isNginxVariable(name)) {
      throw new FormatError(`$${name} is no variable of nginx; one of your own is passed over when "ignore" names it`)
    }
    const part = nginxVariables[name] ?? null
    const isBest = !names.some(
      (other) => other !== undefined && nginxVariables[other] === part && rank(other) < rank(name),
    )
    return { field: `$${name}`, part: isBest ? part : null, holds: holdsOf(name, part) }
  })
}

/** Variables of what a client sent, besides those with a counted part. */
const sentByClients =
  /^(http|arg|cookie|sent_http|sent_trailer)_|^(content_type|remote_user|request_body|request_filename|proxy_add_x_forwarded_for)$/
const textParts: readonly (LinePart | null)[] = ['request', 'target', 'path', 'query', 'referrer', 'user_agent']

/** nginx lists the values of several upstream servers, with commas and colons between. */
function holdsOf(name: string, part: LinePart | null): PatternField['holds'] {
  if (name.startsWith('upstream_')) return 'list'
  if (part === 'host' || part === 'country' || part === 'method') return 'name'
  return textParts.includes(part) || sentByClients.test(name) ? 'text' : 'word'
}

function assertPlain(text: string): string {
  if (text.includes('$')) throw new FormatError(`${JSON.stringify(text.slice(text.indexOf('$')))} names no variable`)
  return text
}

import { isNginxVariable, nginxVariables } from '../line/nginx-variables.ts'
import { FormatError, type PatternPiece } from './pattern-format.ts'

/** The joined strings of a whole `log_format NAME [escape=…] 'a' "b";`; any other text is the pattern itself. */
export function nginxPatternText(given: string): string {
  const directive = /^\s*log_format\s+\S+\s+(?:escape=\w+\s+)?(['"].*?)\s*;?\s*$/s.exec(given)?.[1]
  if (directive === undefined) return given
  return [...directive.matchAll(/'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)"/gs)]
    .map(([, single, double]) => (single ?? double ?? '').replaceAll(/\\(['"\\])/g, '$1'))
    .join('')
}

/** The order of nginxVariables decides which of several variables for a part is best. */
const rank = (name: string) => Object.keys(nginxVariables).indexOf(name)

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
    return { field: `$${name}`, part: isBest ? part : null }
  })
}

function assertPlain(text: string): string {
  if (text.includes('$')) throw new FormatError(`${JSON.stringify(text.slice(text.indexOf('$')))} names no variable`)
  return text
}

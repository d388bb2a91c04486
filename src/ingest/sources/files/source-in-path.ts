const place = '{source}'
/** Each star multiplies the ways in which a path can fit: with two the search takes milliseconds. */
const starsMax = 2
const pathCharactersMax = 255

/** Names that a directory or a file may give to a source: those of log sources. */
const nameExpression = '([A-Za-z0-9][A-Za-z0-9._-]{0,99})'

/**
 * The source that a file's path within its log source tells, by a pattern such as `{source}/**` or
 * `{source}-access.log*`: stars are those of file patterns. A pattern without a slash is compared with the name alone.
 * @returns null when the path does not fit, is longer than 255 characters, or the name has other characters
 */
export function sourceInPath(pattern: string, path: string): string | null {
  const subject = pattern.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1)
  if (subject.length > pathCharactersMax) return null
  return expressionOf(pattern).exec(subject)?.[1] ?? null
}

/** The problem of a pattern, for people; null without one. */
export function sourcePatternProblem(pattern: string): string | null {
  if (pattern.split(place).length !== 2) return `it is not a pattern with one ${place}, as ${place}/*`
  if ((pattern.match(/\*+/g) ?? []).length > starsMax) return `it has more than ${starsMax} stars`
  return null
}

const known = new Map<string, RegExp>()

function expressionOf(pattern: string): RegExp {
  const before = known.get(pattern)
  if (before) return before
  const [head = '', tail = ''] = pattern.split(place).map(partOf)
  const expression = new RegExp(`^${head}${nameExpression}${tail}$`)
  known.set(pattern, expression)
  return expression
}

const partOf = (text: string): string =>
  text
    .split(/(\*+|\?)/)
    .map((part) => {
      if (part === '?') return '[^/]'
      if (part.startsWith('*')) return part.length > 1 ? '.*' : '[^/]*'
      return part.replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
    })
    .join('')

/**
 * Whether a file's path within its source is meant by a pattern: `*` is anything but a slash, `**` anything, `?` one
 * character. A pattern without a slash is compared with the last part of the path alone.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  const subject = pattern.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1)
  return expressionOf(pattern).test(subject)
}

const expressions = new Map<string, RegExp>()

function expressionOf(pattern: string): RegExp {
  const known = expressions.get(pattern)
  if (known) return known
  const pieces: Record<string, string> = { '**/': '(?:.*/)?', '**': '.*', '*': '[^/]*', '?': '[^/]' }
  const source = pattern.replaceAll(/\*\*\/|\*\*|\*|\?|[\\^$.|+()[\]{}]/g, (found) => pieces[found] ?? `\\${found}`)
  const expression = new RegExp(`^${source}$`, 's')
  expressions.set(pattern, expression)
  return expression
}

/** Names that programs give to files which they have not finished, and hidden ones: never logs. */
const unfinished = /^\.|(?:~|\.(?:tmp|temp|part|partial|filepart|crdownload|swp|swx|unfinished))$/i

export const isUnfinishedName = (name: string): boolean => unfinished.test(name)

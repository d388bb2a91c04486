/**
 * True if a pattern matches a file's path within its source: `*` is anything but a slash, `**` anything, `?` one
 * character. A pattern without a slash is compared only with the last part of the path.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  const subject = pattern.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1)
  return matches(piecesOf(pattern), subject)
}

/** A character, or `?`, `*`, `**`, or `**` with a following slash, which may match nothing. */
type Piece = string

const known = new Map<string, Piece[]>()

function piecesOf(pattern: string): Piece[] {
  const before = known.get(pattern)
  if (before) return before
  const pieces = pattern.match(/\*\*\/|\*\*|./gsu) ?? []
  known.set(pattern, pieces)
  return pieces
}

/**
 * Walks through the path once with all possible positions in the pattern: others choose the names, and a regular
 * expression with several repetitions would try them against each other.
 */
function matches(pieces: readonly Piece[], subject: string): boolean {
  let places = [...withSkipped(pieces, [0])]
  for (const character of subject) {
    const next = places.flatMap((place) => placesAfter(pieces, place, character))
    places = [...withSkipped(pieces, next)]
    if (places.length === 0) return false
  }
  return places.includes(pieces.length)
}

/** Adds positions after pieces that may match nothing. */
function withSkipped(pieces: readonly Piece[], places: readonly number[]): Set<number> {
  const all = new Set(places)
  for (const place of all) if (['*', '**', '**/'].includes(pieces[place] ?? '')) all.add(place + 1)
  return all
}

/** A position and a half is inside `**` with a following slash: the next piece begins only after a slash. */
function placesAfter(pieces: readonly Piece[], place: number, character: string): number[] {
  const at = Math.floor(place)
  const piece = pieces[at]
  if (piece === undefined) return []
  if (piece === '**') return [at]
  if (piece === '**/') return character === '/' ? [at + 0.5, at + 1] : [at + 0.5]
  if (piece === '*') return character === '/' ? [] : [at]
  const isOne = piece === '?' ? character !== '/' : piece === character
  return isOne ? [at + 1] : []
}

/** Hidden names, and names that programs give to unfinished files: never logs. */
const unfinished = /^\.|(?:~|\.(?:tmp|temp|part|partial|filepart|crdownload|swp|swx|unfinished))$/i

export const isUnfinishedName = (name: string): boolean => unfinished.test(name)

/**
 * Whether a file's path within its source is meant by a pattern: `*` is anything but a slash, `**` anything, `?` one
 * character. A pattern without a slash is compared with the last part of the path alone.
 */
export function matchesPattern(pattern: string, path: string): boolean {
  const subject = pattern.includes('/') ? path : path.slice(path.lastIndexOf('/') + 1)
  return matches(piecesOf(pattern), subject)
}

/** A character, or `?`, `*`, `**`, and `**` with a slash behind it, which may be nothing at all. */
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
 * Goes through the path once, with every place of the pattern that it may be at: names are others' to choose, and a regular
 * expression with several repetitions tries them against each other.
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

/** What may match nothing is passed over as well. */
function withSkipped(pieces: readonly Piece[], places: readonly number[]): Set<number> {
  const all = new Set(places)
  for (const place of all) if (['*', '**', '**/'].includes(pieces[place] ?? '')) all.add(place + 1)
  return all
}

/** A place and a half is inside of `**` with a slash behind it: the next piece begins behind a slash only. */
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

/** Names that programs give to files which they have not finished, and hidden ones: never logs. */
const unfinished = /^\.|(?:~|\.(?:tmp|temp|part|partial|filepart|crdownload|swp|swx|unfinished))$/i

export const isUnfinishedName = (name: string): boolean => unfinished.test(name)

import { fieldProjection } from '../line/field-format.ts'
import { columnsOf, missingParts, type PartTexts } from '../line/line-parts.ts'
import type { LogFormat } from '../line/log-format.ts'
import { FormatError } from './format-error.ts'
import { joinedExpression, type PatternPiece, pieceExpressions, recognisedExpressions } from './pattern-regex.ts'

/** Longer lines are compared with their pattern up to here. */
const shownCharactersMax = 1_024

/** A user's format: its name, and its words for a hit in lower case; null: the known words. */
export type OwnFormat = Pick<LogFormat, 'name' | 'title' | 'meaning'> & { hits?: readonly string[] | null }

/** The columns, and the parameter that they need. */
export const ownColumns = (parts: PartTexts, hits: OwnFormat['hits']) => ({
  columns: columnsOf(parts, hits ? 'bound' : 'known'),
  hitWords: hits ? { hitWords: hits } : {},
})

/**
 * A format whose lines follow a pattern: one regular expression finds a line's fields (pattern-regex.ts).
 * @param pieces in their order
 * @throws FormatError when fields touch, or a line would lack a part that a request needs
 */
export function patternFormat({ hits, ...about }: OwnFormat, pieces: readonly PatternPiece[]): LogFormat {
  const fields = pieces.flatMap((piece) => ('field' in piece ? [piece] : []))
  const parts: PartTexts = {}
  for (const [index, { part }] of fields.entries()) {
    if (part !== null) parts[part] = [...(parts[part] ?? []), `f[${index + 1}]`]
  }
  assertComplete(parts)
  const expressions = pieceExpressions(pieces)
  const { columns, hitWords } = ownColumns(parts, hits)
  const joined = joinedExpression(pieces)
  // A field that stands twice, or is cut in two, moves all others up to the next text.
  const [host, client] = [parts.host?.[0], parts.client?.[0]]
  const isTwice =
    host && client
      ? [
          `${client} != ${host} AND NOT startsWith(${client}, concat(${host}, ':')) AND NOT match(${client}, '^[0-9]+$')`,
        ]
      : []
  const isLine = [
    'notEmpty(f)',
    ...isTwice,
    ...(joined === null ? [] : ['countMatches(line, {joinedPattern:String}) <= 1']),
  ]
  const read = { fields: `extractGroups(trimRight(line, '\\r'), {logPattern:String})`, is_line: isLine.join(' AND ') }
  return {
    ...about,
    namesDomain: parts.host !== undefined,
    example: '',
    recognises: new RegExp(`^${recognisedExpressions(pieces).join('')}$`),
    projection: fieldProjection(read, columns),
    parameters: {
      logPattern: `^${expressions.join('')}$`,
      ...(joined === null ? {} : { joinedPattern: joined }),
      ...hitWords,
    },
    brokenAt: (line) => firstUnmatched(pieces, line),
  }
}

/** @throws FormatError naming the missing parts */
export function assertComplete(parts: PartTexts): void {
  const missing = missingParts((part) => parts[part] !== undefined)
  if (missing.length > 0) throw new FormatError(`nothing in it is the ${missing.join(', the ')} of a request`)
}

/**
 * The first field or text of the pattern that a line does not have; null when it has all. The expressions are those of
 * recognition, which take linear time here.
 */
function firstUnmatched(pieces: readonly PatternPiece[], line: string): string | null {
  const expressions = recognisedExpressions(pieces)
  const text = line.replace(/\r$/, '').slice(0, shownCharactersMax)
  const at = pieces.findIndex((_, index) => {
    const end = index === pieces.length - 1 ? '$' : ''
    return !new RegExp(`^${expressions.slice(0, index + 1).join('')}${end}`).test(text)
  })
  const piece = pieces[at]
  if (!piece) return null
  return 'text' in piece ? JSON.stringify(piece.text) : piece.field
}

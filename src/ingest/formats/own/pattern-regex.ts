import type { LinePart } from '../line/line-parts.ts'
import { FormatError } from './format-error.ts'

/**
 * A piece of a pattern: text that every line has, or a field. `part` is null for a field without a counted part.
 * `holds` says what a value may contain: `word` nothing of the text behind it, `name` letters, digits and what names of
 * hosts have, `list` several words between commas, `text` anything, as a client chose it.
 */
export type PatternPiece = { text: string } | PatternField
export type PatternField = { field: string; part: LinePart | null; holds: 'word' | 'name' | 'list' | 'text' }

const clfTime = '\\d{2}/[A-Za-z]{3}/\\d{4}:\\d{2}:\\d{2}:\\d{2} [+-]\\d{4}'

/** Parts that decide the bill, and whose it is. */
const essential: readonly (LinePart | null)[] = ['time', 'host', 'client', 'forwarded_for', 'status', 'bytes']

/** Servers escape quotes and tabs within a value, so that no value reaches beyond one. */
const anchor = /["\t]/

/**
 * One expression for each piece, which together match a line in one way alone. Between two anchors the fields before
 * the first text are found from the left, and those behind the last text from the right.
 * @throws FormatError when fields touch, or an essential field stands between two texts without an anchor
 */
export function pieceExpressions(pieces: readonly PatternPiece[]): string[] {
  assertCertain(pieces)
  return pieces.map((piece, at) => ('text' in piece ? escaped(piece.text) : fieldExpression(pieces, piece, at)))
}

/** The method is a word of letters, so that a field too many before it is no part of it. */
const nameExpressions = { method: '([A-Za-z_-]*)', host: '([A-Za-z0-9_.:%\\[\\]-]+)', other: '([A-Za-z0-9_.-]*)' }

/** The fields of the stretch around a piece that no anchor divides: their places. */
function stretchAround(pieces: readonly PatternPiece[], at: number): number[] {
  const isAnchor = (piece: PatternPiece | undefined) =>
    piece !== undefined && 'text' in piece && anchor.test(piece.text)
  let first = at
  while (first > 0 && !isAnchor(pieces[first - 1])) first -= 1
  let last = at
  while (last < pieces.length - 1 && !isAnchor(pieces[last + 1])) last += 1
  return pieces.flatMap((piece, index) => (index >= first && index <= last && 'field' in piece ? [index] : []))
}

const isField = (piece: PatternPiece | undefined, holds: PatternField['holds']) =>
  piece !== undefined && 'field' in piece && piece.holds === holds

/** @throws FormatError naming the field that could stand in two places, and the texts around it */
function assertCertain(pieces: readonly PatternPiece[]): void {
  for (const [at, piece] of pieces.entries()) {
    if ('text' in piece || !essential.includes(piece.part) || piece.holds === 'text') continue
    const stretch = stretchAround(pieces, at)
    const before = stretch.findLast((index) => index < at && isField(pieces[index], 'text'))
    const after = stretch.find((index) => index > at && isField(pieces[index], 'text'))
    if (before === undefined || after === undefined) continue
    const names = [before, after].map((index) => (pieces[index] as PatternField).field)
    const problem = `${piece.field} stands between ${names.join(' and ')}, which hold what a client sends`
    throw new FormatError(`${problem}: it could be read in two places. Put one of those between quotes`)
  }
}

function fieldExpression(pieces: readonly PatternPiece[], piece: PatternField, at: number): string {
  const [before, after] = [pieces[at - 1], pieces[at + 1]]
  if (after && 'field' in after) return fieldBeforeField(piece.field, after)
  const [opens, closes] = [textOf(before).at(-1), textOf(after).at(0)]
  if (opens === '"' && closes === '"') return '((?:[^"\\\\]|\\\\.)*)'
  // A client chooses its host and its method: with other signs they are none, and the line is rejected.
  if (piece.holds === 'name')
    return nameExpressions[piece.part === 'method' || piece.part === 'host' ? piece.part : 'other']
  const texts = stretchAround(pieces, at).filter((index) => isField(pieces[index], 'text'))
  const list = '([^ ,]*(?:(?:, | : )[^ ,]+)*)'
  if (piece.holds === 'list' && (closes === undefined || closes === ' ')) return list
  if (closes === undefined) return lastExpression(piece, texts.length === 0)
  // A time contains a blank.
  if (piece.part === 'time' && opens !== '[') return `(${clfTime}|[^${inClass(closes)}]*)`
  // The first of several texts ends early, the last one late: nothing essential stands between them. Before a list it
  // ends early, too: else it would have all but the last of the list.
  const isLate = at === texts.at(-1) && !isField(pieces[at + 2], 'list')
  if (piece.holds === 'text') return `((?:[^"\\\\]|\\\\.)*${isLate ? '' : '?'})`
  return `([^${inClass(closes)}]${essential.includes(piece.part) ? '+' : '*'})`
}

/** A field at the end of a line. Two lines that were joined have a quote in it. */
function lastExpression({ part, holds }: PatternField, isAlone: boolean): string {
  if (holds === 'text') return '(.*)'
  return isAlone && (part === null || part === 'time') ? '([^"]*)' : '([^ "]*)'
}

/**
 * The expressions that recognise a line, which run here and not in the engine, whose expressions take linear time. They
 * stop each field at its first possible end. Most lines must match to recognise a format, not every one.
 */
export function recognisedExpressions(pieces: readonly PatternPiece[]): string[] {
  return pieces.map((piece, at) => {
    if ('text' in piece) return escaped(piece.text)
    const after = pieces[at + 1]
    const closes = textOf(after)
    if (after && 'field' in after) return '[^/ ]*(?![^/ ])'
    const regex = fieldExpression(pieces, piece, at)
    if (regex.startsWith(`(${clfTime}|`)) {
      const first = escaped(closes.charAt(0))
      return `(?:${clfTime}(?=${first})|(?!${clfTime}${first})[^${inClass(closes.charAt(0))}]*)`
    }
    const isQuoted = textOf(pieces[at - 1]).endsWith('"') && closes.startsWith('"')
    return piece.holds === 'word' || piece.holds === 'name' || isQuoted || closes === '' ? regex : untilFirst(closes)
  })
}

/** Any text up to the first occurrence of another. */
const untilFirst = (text: string) => `(?:(?!${escaped(text)}).)*`

/** A path begins with a slash, so it may follow a host directly. @throws FormatError for other neighbours */
function fieldBeforeField(name: string, after: PatternField): string {
  if (after.part === 'target' || after.part === 'path') return '([^/ ]*)'
  throw new FormatError(`${name}${after.field}: nothing stands between them that tells where one ends`)
}

const anyTime = `(?:${clfTime}|\\d{4}-\\d\\d-\\d\\dT[\\d:.]+(?:Z|[+-]\\d\\d:?\\d\\d)|\\d{10}[\\d.]*)`
const shapes: Partial<Record<LinePart, string>> = { time: anyTime, status: '\\d{3}', bytes: '(?:\\d+|-)' }

/**
 * An expression that two lines in one match twice: the fields up to the last one that decides the bill. Null where no
 * time is among them, so that other texts would match.
 */
export function joinedExpression(pieces: readonly PatternPiece[]): string | null {
  const last = pieces.findLastIndex((piece) => 'field' in piece && essential.includes(piece.part))
  const first = pieces.slice(0, last + 1)
  if (!first.some((piece) => 'field' in piece && piece.part === 'time')) return null
  return first
    .map((piece, at) => {
      if ('text' in piece) return escaped(piece.text)
      const closes = textOf(pieces[at + 1]).at(0) ?? ' '
      return shapes[piece.part ?? 'host'] ?? (piece.holds === 'text' ? '.*?' : `[^${inClass(closes)}"]*`)
    })
    .join('')
}

const textOf = (piece: PatternPiece | undefined) => (piece && 'text' in piece ? piece.text : '')
const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\t', '\\t')
const inClass = (character: string) => character.replace(/[\]\\^-]/, '\\$&').replace('\t', '\\t')

import { fieldProjection } from '../line/field-format.ts'
import { columnsOf, type LinePart, missingParts, type PartTexts } from '../line/line-parts.ts'
import type { LogFormat } from '../line/log-format.ts'

/** A piece of a pattern: text that every line has, or a field; `part` is null for a field without a counted part. */
export type PatternPiece = { text: string } | { field: string; part: LinePart | null }

/** A user's pattern or mapping is wrong; the message names the token. */
export class FormatError extends Error {}

const clfTime = '\\d{2}/[A-Za-z]{3}/\\d{4}:\\d{2}:\\d{2}:\\d{2} [+-]\\d{4}'

/**
 * A format whose lines follow a pattern: one regular expression finds a line's fields. Clients choose some fields, so
 * each field ends at the first character of the following text, or inside quotes at the first unescaped one.
 * @param pieces in their order
 * @throws FormatError when fields touch, or a line would lack a part that a request needs
 */
export function patternFormat(
  about: Pick<LogFormat, 'name' | 'title' | 'meaning'>,
  pieces: readonly PatternPiece[],
): LogFormat {
  const fields = pieces.flatMap((piece) => ('field' in piece ? [piece] : []))
  const parts: PartTexts = {}
  for (const [index, { part }] of fields.entries()) {
    if (part !== null) parts[part] = [...(parts[part] ?? []), `f[${index + 1}]`]
  }
  assertComplete(parts)
  const pattern = `^${pieces.map((_, at) => pieceRegex(pieces, at)).join('')}$`
  const recogniser = `^${pieces.map((_, at) => recognisedRegex(pieces, at)).join('')}$`
  const read = { fields: `extractGroups(trimRight(line, '\\r'), {logPattern:String})`, is_line: 'notEmpty(f)' }
  return {
    ...about,
    namesDomain: parts.host !== undefined,
    example: '',
    recognises: new RegExp(recogniser),
    projection: fieldProjection(read, columnsOf(parts)),
    parameters: { logPattern: pattern },
  }
}

/** @throws FormatError naming the missing parts */
export function assertComplete(parts: PartTexts): void {
  const missing = missingParts((part) => parts[part] !== undefined)
  if (missing.length > 0) throw new FormatError(`nothing in it is the ${missing.join(', the ')} of a request`)
}

function pieceRegex(pieces: readonly PatternPiece[], at: number): string {
  const piece = pieces[at] as PatternPiece
  if ('text' in piece) return escaped(piece.text)
  const [before, after] = [pieces[at - 1], pieces[at + 1]]
  if (after && 'field' in after) return fieldBeforeField(piece.field, after)
  const [opens, closes] = [textOf(before).at(-1), textOf(after).at(0)]
  if (closes === undefined) return '(.*)'
  if (opens === '"' && closes === '"') return '((?:[^"\\\\]|\\\\.)*)'
  // A time contains a blank, and a user's name may.
  if (piece.part === 'time' && opens !== '[') return `(${clfTime}|[^${inClass(closes)}]*)`
  if (isUser(piece.field)) return '(.*?)'
  return `([^${inClass(closes)}]*)`
}

/**
 * The expression that recognises a line, which runs here and not in the engine, whose expressions take linear time. It
 * stops each field at its first possible end: it finds no user's name that contains the following text, and tries no
 * time twice. Most lines must match to recognise a format, not every one.
 */
function recognisedRegex(pieces: readonly PatternPiece[], at: number): string {
  const piece = pieces[at] as PatternPiece
  if ('text' in piece) return escaped(piece.text)
  const after = pieces[at + 1]
  const closes = textOf(after)
  if (after && 'field' in after) return '[^/ ]*(?![^/ ])'
  if (isUser(piece.field) && closes !== '') return untilFirst(closes)
  const regex = pieceRegex(pieces, at)
  const [first = ''] = closes
  if (regex.startsWith(`(${clfTime}|`))
    return `(?:${clfTime}(?=${escaped(first)})|(?!${clfTime}${escaped(first)})[^${inClass(first)}]*)`
  return regex
}

/** Any text up to the first occurrence of another. */
const untilFirst = (text: string) => `(?:(?!${escaped(text)}).)*`

const isUser = (field: string) => /^(\$remote_user|%u)$/.test(field)

/** A path begins with a slash, so it may follow a host directly. @throws FormatError for other neighbours */
function fieldBeforeField(name: string, after: { field: string; part: LinePart | null }): string {
  if (after.part === 'target' || after.part === 'path') return '([^/ ]*)'
  throw new FormatError(`${name}${after.field}: nothing stands between them that tells where one ends`)
}

const textOf = (piece: PatternPiece | undefined) => (piece && 'text' in piece ? piece.text : '')
const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')
const inClass = (character: string) => character.replace(/[\]\\^-]/, '\\$&')
